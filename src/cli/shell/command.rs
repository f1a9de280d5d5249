//! The commands that only the shell has; everything else is a statement.

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'l> {
    Help(Option<&'l str>),
    Explain(Option<&'l str>),
    Step,
    Rules,
    List,
    Save(&'l str),
    Run(&'l str),
    Quit,
    /// A command without what it needs: a message and a line of help.
    Missing(&'static str, &'static str),
    /// A line of a script.
    Statement(&'l str),
}

/// The first words of lines: of scripts and of the shell.
pub const WORDS: [&str; 17] = [
    "prove", "refute", "expect", "check", "derive", "eval", "let", "assume", "forget", "explain", "step", "rules",
    "list", "save", "run", "help", "quit",
];

pub const HELP: &str = "\
  L = R              proves an equation; `prove L = R` and chains A = B = C, too
  refute L = R       the same of what is false; `expect open L = R` names another verdict
  check L = R        compares the sides by numbers only
  e, derive e        lists estimators of an expression
  eval e             the value of an expression, in closed form where one is proved
  let f(u) = …       defines a function or an abbreviation
  assume σ > 0       assumes something of the statements to come; f : lipschitz, too
  forget f, σ        forgets what was said of these names; `forget` alone, everything
  list               shows what is defined and assumed
  explain            shows the last proof with the reason of each step; `explain L = R` proves first
  step               walks through the last proof: a hint first, then the step
  rules, help NAME   the rules; everything about a rule, law, function or command, with an example
  save FILE          writes a script that replays this session; `run FILE` runs one
  _                  the last member of the last equation, or the first of the last estimators
  Tab                completes names; \\theta and Tab gives θ. An open bracket continues on the next line.";

/// How a command is used, in a few lines with an example.
pub fn usage(command: &str) -> Option<&'static str> {
    Some(match command {
        "prove" => {
            "prove L = R looks for a proof, has the kernel check it, and compares the sides by numbers\n  \
             example  prove D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]"
        }
        "refute" => {
            "refute L = R is prove L = R of what is false: it is as it should be if it is refuted\n  \
             example  refute E_{x ~ N(0,1)}[x^2] = 2"
        }
        "expect" => {
            "expect VERDICT L = R says what a statement has to come to: proved, conditional, open or refuted\n  \
             example  expect conditional D[S f_θ] = S[D f_θ]"
        }
        "check" => {
            "check L = R compares the sides by numbers only\n  \
             example  check E_{x ~ N(0,1)}[x^4] = 3"
        }
        "derive" => {
            "derive e lists what can be sampled in the place of an expression, with proofs\n  \
             example  derive D_θ[E_{x ~ N(θ, σ²)}[f(x)]]"
        }
        "eval" => {
            "eval e is the value of an expression: the shortest form that is proved equal to it\n  \
             example  eval E_{x ~ N(0,1)}[x^4]"
        }
        "let" => {
            "let defines a function or an abbreviation for the statements to come\n  \
             example  let f(u) = step(u - 1)"
        }
        "assume" => {
            "assume grants a condition for the statements to come: a comparison, or a class of functions\n  \
             (measurable, jump, lipschitz, smooth)\n  \
             example  assume σ > 0, f : lipschitz"
        }
        "forget" => {
            "forget NAMES forgets what was defined or assumed of them; alone, everything\n  example  forget f, σ"
        }
        "explain" => {
            "explain shows the last proof with the sentence and the conditions of each rule; with an equation,\n  \
             proves it first; with the name of a rule, describes it\n  \
             example  explain likelihood-ratio"
        }
        "step" => "step walks through the last proof: first a hint, then the step, and so on",
        "rules" => "rules lists all rules; help NAME describes one",
        "list" => "list shows what is defined and assumed",
        "save" => "save FILE writes a script that replays this session\n  example  save gradient.stein",
        "run" => "run FILE runs a script in this session\n  example  run examples/note.stein",
        "quit" | "exit" => "quit, exit or Ctrl-D leaves",
        _ => return None,
    })
}

/// What stands behind a command.
pub fn placeholder(command: &str) -> Option<&'static str> {
    Some(match command {
        "prove" | "refute" | "check" => "L = R",
        "expect" => "open L = R",
        "derive" | "eval" => "EXPRESSION",
        "let" => "f(u) = EXPRESSION",
        "assume" => "σ > 0, f : lipschitz",
        "forget" => "NAMES",
        "save" | "run" => "FILE",
        "help" | "explain" => "NAME",
        _ => return None,
    })
}

impl Command<'_> {
    /// What a line asks for. A word of the shell that is used like a function or a variable begins a statement.
    pub fn of(line: &str) -> Command<'_> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let topic = (!rest.is_empty()).then_some(rest);
        if rest.starts_with('=') {
            return Command::Statement(line);
        }
        match (word, topic) {
            ("help" | "?", topic) => Command::Help(topic),
            ("explain", topic) => Command::Explain(topic),
            ("step", None) => Command::Step,
            ("rules", None) => Command::Rules,
            ("rules", Some(name)) => Command::Help(Some(name)),
            ("list", None) => Command::List,
            ("quit" | "exit", None) => Command::Quit,
            ("save", Some(file)) => Command::Save(file),
            ("save", None) => Command::Missing("`save` needs the name of a file", "as in `save gradient.stein`"),
            ("run", Some(file)) => Command::Run(file),
            ("run", None) => Command::Missing("`run` needs the name of a file", "as in `run examples/note.stein`"),
            _ => Command::Statement(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_shell_are_names_where_they_are_used_as_such() {
        assert_eq!(Command::of("step"), Command::Step);
        assert_eq!(Command::of("step(u) = step(u)"), Command::Statement("step(u) = step(u)"));
        assert_eq!(Command::of("step u = 1 - step(-u)"), Command::Statement("step u = 1 - step(-u)"));
        assert_eq!(Command::of("list = 2"), Command::Statement("list = 2"));
        assert_eq!(Command::of(" help  N.sum "), Command::Help(Some("N.sum")));
    }

    #[test]
    fn every_command_says_how_it_is_used() {
        for word in WORDS.iter().filter(|word| **word != "help") {
            assert!(usage(word).is_some_and(|text| text.starts_with(word)), "{word}");
        }
    }
}
