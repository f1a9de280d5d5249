//! `stein lsp`, as an editor speaks with it: every test waits for messages, and for nothing else.

use lsp_server::{Message, Notification, Request, Response};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// An editor.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Read, and not asked for yet.
    unread: VecDeque<Message>,
    requests: i32,
}

impl Editor {
    fn start(arguments: &[&str]) -> Editor {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
        let command = command.arg("lsp").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().expect("a server");
        let input = server.stdin.take().expect("its input");
        let output = BufReader::new(server.stdout.take().expect("its output"));
        let mut editor = Editor { server, input, output, unread: VecDeque::new(), requests: 0 };
        let answer = editor.ask("initialize", json!({ "capabilities": {} })).expect("an answer");
        assert_eq!(answer["serverInfo"]["name"], "stein");
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: Message) {
        message.write(&mut self.input).expect("a server that listens");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.into(), params).into());
    }

    /// Sends a request; its number.
    fn request(&mut self, method: &str, params: Value) -> i32 {
        self.requests += 1;
        self.send(Request::new(self.requests.into(), method.into(), params).into());
        self.requests
    }

    /// The first message that is wanted; those before it are kept.
    fn wait<T>(&mut self, wanted: impl Fn(&Message) -> Option<T>) -> T {
        if let Some(index) = self.unread.iter().position(|message| wanted(message).is_some()) {
            return self.unread.remove(index).and_then(|message| wanted(&message)).expect("the message");
        }
        loop {
            let message = Message::read(&mut self.output).expect("a message").expect("a server that goes on");
            match wanted(&message) {
                Some(found) => return found,
                None => self.unread.push_back(message),
            }
        }
    }

    /// What a request comes to: a result, or the code of an error.
    fn answer(&mut self, id: i32) -> Result<Value, i32> {
        self.wait(|message| match message {
            Message::Response(Response { id: found, response_result }) if *found == id.into() => {
                Some(response_result.clone().map_err(|error| error.code))
            }
            _ => None,
        })
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.request(method, params);
        self.answer(id)
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The diagnostics of a version.
    fn diagnostics(&mut self, uri: &str, version: i32) -> Vec<Value> {
        self.wait(|message| match message {
            Message::Notification(told) if told.method == "textDocument/publishDiagnostics" => {
                let is_it = told.params["uri"] == uri && told.params["version"] == version;
                is_it.then(|| told.params["diagnostics"].as_array().expect("a list").clone())
            }
            _ => None,
        })
    }

    fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        assert!(self.server.wait().expect("an end").success());
    }
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

/// Kind, severity, and range as `line:column-line:column`.
fn told(diagnostic: &Value) -> (String, u64, String) {
    let place = |end: &str| {
        let place = &diagnostic["range"][end];
        format!("{}:{}", place["line"], place["character"])
    };
    let kind = diagnostic["code"].as_str().expect("a kind").to_string();
    (kind, diagnostic["severity"].as_u64().expect("a number"), format!("{}-{}", place("start"), place("end")))
}

const SCRIPT: &str = "file:///a%20b.stein";

#[test]
fn a_script_is_judged_and_mended() {
    let mut editor = Editor::start(&[]);
    // A character outside of the basic plane takes two units.
    let text = "𝔼_{x ~ N(0,1)}[x^2] = 2\r\nprove x\r\n  = x\r\nrefute y = y\r\nD[S f_θ] = S[D f_θ]\r\nf(𝔼 = (\r\n\r\ncheck x = x";
    editor.open(SCRIPT, text);
    let found: Vec<_> = editor.diagnostics(SCRIPT, 1).iter().map(told).collect();
    let expected = [
        ("refuted", 1, "0:0-0:24"),
        ("proved", 4, "1:0-2:5"),
        ("unexpected", 1, "3:0-3:12"),
        ("conditional", 3, "4:0-4:19"),
        ("E002", 1, "5:7-5:8"),
        ("open", 2, "7:0-7:11"),
    ];
    let expected: Vec<_> =
        expected.map(|(kind, severity, range)| (kind.to_string(), severity, range.to_string())).into();
    assert_eq!(found[..4], expected[..4]);
    assert_eq!((found[4].0.as_str(), found[4].1), ("E002", 1), "{:?}", found[4]);
    assert_eq!(found[5], expected[5]);

    // The proof with its conditions.
    let hover = editor.ask("textDocument/hover", at(SCRIPT, 4, 3)).expect("an answer");
    let shown = hover["contents"]["value"].as_str().expect("Markdown");
    assert!(shown.contains("interchange (3.1)") && shown.contains("assumed  f is absolutely continuous"), "{shown}");
    let nothing = editor.ask("textDocument/hover", at(SCRIPT, 6, 0)).expect("an answer");
    assert_eq!(nothing, Value::Null);

    // What was meant, in place of what is wrong.
    let range = json!({ "start": { "line": 0, "character": 5 }, "end": { "line": 0, "character": 5 } });
    let wanted = json!({ "textDocument": { "uri": SCRIPT }, "range": range, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", wanted).expect("an answer");
    let edit = &actions[0]["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(edit["newText"], "1");
    assert_eq!(edit["range"]["start"], json!({ "line": 0, "character": 23 }));

    // The verdict above each statement leads to the proof.
    let lenses = editor.ask("textDocument/codeLens", json!({ "textDocument": { "uri": SCRIPT } }));
    let lenses = lenses.expect("an answer").as_array().expect("a list").clone();
    assert_eq!(lenses.len(), 5);
    assert_eq!(lenses[1]["command"]["title"], "proved: show the proof");
    let proof = editor.ask("workspace/executeCommand", lenses[1]["command"].clone()).expect("an answer");
    assert!(proof.as_str().is_some_and(|proof| proof.contains("the same by definition")), "{proof}");

    // The change is made by its range, and only it is told again.
    editor.change(SCRIPT, 2, json!([{ "range": { "start": { "line": 0, "character": 23 }, "end": { "line": 0, "character": 24 } }, "text": "1" }]));
    assert_eq!(told(&editor.diagnostics(SCRIPT, 2)[0]).0, "proved");
    editor.end();
}

#[test]
fn a_change_ends_the_work_on_what_was_there() {
    // More draws than anyone would wait for.
    let mut editor = Editor::start(&["--samples", "1e13", "--timeout", "1000000"]);
    editor.open(
        SCRIPT,
        "check E_{x ~ N(0,1), y ~ N(0,1), z ~ N(0,1), w ~ N(0,1)}[sin(x y z w) step(x + y)] = g(1) - g(1)\n",
    );
    let waiting = editor.request("textDocument/hover", at(SCRIPT, 0, 0));
    let cancelled = editor.request("textDocument/hover", at(SCRIPT, 0, 0));
    editor.tell("$/cancelRequest", json!({ "id": cancelled }));
    assert_eq!(editor.answer(cancelled), Err(-32800));
    editor.change(SCRIPT, 2, json!([{ "text": "x = x\n" }]));
    assert_eq!(editor.answer(waiting), Err(-32801));
    assert_eq!(told(&editor.diagnostics(SCRIPT, 2)[0]).0, "proved");
    editor.end();
}

#[test]
fn documents_of_all_kinds() {
    let mut editor = Editor::start(&[]);
    let kinds = |editor: &mut Editor, uri: &str, text: &str| {
        editor.open(uri, text);
        editor
            .diagnostics(uri, 1)
            .iter()
            .map(told)
            .map(|(kind, _, range)| format!("{kind} {range}"))
            .collect::<Vec<_>>()
    };
    let paper = "\\newcommand{\\E}{\\mathbb{E}}\n\\begin{align}\n  \\E_{x \\sim N(0,1)}[x^2] &= 2\n\\end{align}\n";
    assert_eq!(kinds(&mut editor, "file:///p.tex", paper), ["refuted 2:2-2:30"]);
    let notes = "𝔼 $$\\theta + \\theta = 2 \\theta$$ and $x = x + 1$\n";
    assert_eq!(kinds(&mut editor, "file:///n.md", notes), ["proved 0:5-0:31"]);
    let code = "def f(x):\n    \"\"\"Ä.\n\n    stein: E_{x ~ N(0,1)}[x]\n        = 1\n    \"\"\"\n";
    assert_eq!(kinds(&mut editor, "file:///f.py", code), ["refuted 3:11-4:11"]);
    assert_eq!(kinds(&mut editor, "file:///e.stein", ""), Vec::<String>::new());
    // A file of another kind is none of its business.
    editor.open("file:///r.rules", "rule a\n");
    assert_eq!(editor.ask("textDocument/hover", at("file:///r.rules", 0, 0)), Ok(Value::Null));
    // Closing takes the diagnostics away.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": "file:///p.tex" } }));
    let left = editor.wait(|message| match message {
        Message::Notification(told) if told.params["uri"] == "file:///p.tex" => Some(told.params.clone()),
        _ => None,
    });
    assert_eq!(left["diagnostics"], json!([]));
    editor.end();
}

#[test]
fn words_are_completed() {
    let mut editor = Editor::start(&[]);
    editor.open(SCRIPT, "pro\n𝔼_{x ~ Lapl\nf(\\the\n");
    editor.open("file:///p.tex", "Lapl % stein: given x ~ Lapl\n");
    let mut words = |uri: &str, line: u32, character: u32| {
        let items = editor.ask("textDocument/completion", at(uri, line, character)).expect("an answer");
        let item = |item: &Value| {
            (item["textEdit"]["newText"].clone(), item["textEdit"]["range"]["start"]["character"].clone())
        };
        items.as_array().expect("a list").iter().map(item).collect::<Vec<_>>()
    };
    assert_eq!(words(SCRIPT, 0, 3), [("prove ".into(), 0.into())]);
    assert_eq!(words(SCRIPT, 1, 12), [("Laplace(".into(), 8.into())]);
    assert_eq!(words(SCRIPT, 2, 6), [("θ".into(), 2.into())]);
    assert!(words("file:///p.tex", 0, 4).is_empty());
    assert_eq!(words("file:///p.tex", 0, 28), [("Laplace(".into(), 24.into())]);
    assert!(words("file:///none.stein", 9, 9).is_empty());
    editor.end();
}

#[test]
fn what_is_not_supported_is_refused_and_nothing_else_happens() {
    let mut editor = Editor::start(&[]);
    assert_eq!(editor.ask("textDocument/rename", at(SCRIPT, 0, 0)), Err(-32601));
    editor.tell("textDocument/didOpen", json!("nonsense"));
    editor.change("file:///none.stein", 2, json!([{ "text": "x" }]));
    assert_eq!(editor.ask("textDocument/hover", json!(7)), Ok(Value::Null));
    editor.end();
}
