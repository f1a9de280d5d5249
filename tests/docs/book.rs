//! The book and the README: transcripts are run, reference pages are made again, links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes what is out of date.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Held while pages may be written: two tests may have something to write to one page.
fn writing() -> MutexGuard<'static, ()> {
    static PAGES: Mutex<()> = Mutex::new(());
    PAGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The README and all pages of the book.
fn pages() -> Vec<PathBuf> {
    let mut found = ["README.md", "DESIGN.md", "CONTRIBUTING.md"].map(|name| root().join(name)).to_vec();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the book") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(page: &Path) -> String {
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// The words of a command line, with single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            1 => words.push(part.to_string()),
            _ => words.extend(part.split_whitespace().map(ToString::to_string)),
        }
    }
    words
}

/// What a command prints, with its exit code if that is not 0.
fn run(command: &str) -> String {
    let mut words = words(command);
    assert_eq!(words.first().map(String::as_str), Some("stein"), "{command}");
    let picture = words.iter().position(|word| word == "--plot").map(|option| option + 1);
    let picture = picture.map(|place| {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("picture.svg");
        (root().join(std::mem::replace(&mut words[place], made.display().to_string())), made)
    });
    let mut run = Command::new(env!("CARGO_BIN_EXE_stein"));
    run.args(&words[1..]).current_dir(root());
    if matches!(words.get(1).map(String::as_str), Some("prove" | "check" | "run" | "derive")) {
        // A slow machine shows the same.
        run.args(["--timeout", "60"]);
    }
    let output = run.output();
    let output = output.expect("a run");
    if let Some((kept, made)) = picture {
        settle_picture(&kept, &fs::read_to_string(&made).expect("a picture"));
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let shown = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let code = output.status.code().filter(|code| *code != 0).map(|code| format!("? {code}\n")).unwrap_or_default();
    format!("{code}{}\n", shown.trim_end())
}

/// A text without the digits of measured numbers, which another processor may round otherwise, and without what
/// depends on the way numbers are made.
fn settled(text: &str) -> String {
    // Which of several repairs is found first is a matter of time.
    let measured = ["  numbers", "  at ", "  witness", "  mistake", "  instead"];
    let line = |line: &str| match measured.iter().find(|label| line.starts_with(**label)) {
        Some(label) => (*label).to_string(),
        None => without_decimals(line.trim_end()),
    };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `0.25 +- 1.2e-3` becomes `# +- #`.
fn without_decimals(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let number =
            rest[start..].split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e'))).next().unwrap_or("");
        let tail = &rest[start + number.len()..];
        let exponent = match (number.ends_with('e'), tail.strip_prefix('-')) {
            (true, Some(digits)) => 1 + digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len(),
            _ => 0,
        };
        shown.push_str(&rest[..start]);
        shown.push_str(if number.contains('.') || exponent > 0 { "#" } else { number });
        rest = &tail[exponent..];
    }
    shown + rest
}

/// A page with the blocks of a kind replaced.
fn replaced(text: &str, kind: &str, block: impl Fn(&str) -> String) -> String {
    let open = format!("```{kind}\n");
    let mut parts = text.split(open.as_str());
    let mut result = parts.next().unwrap_or("").to_string();
    for part in parts {
        let (inside, behind) = part.split_once("```").expect("the end of a block");
        result.push_str(&format!("{open}{}```{behind}", block(inside)));
    }
    result
}

/// Compares a page with what it should be, or writes that.
fn settle(page: &Path, is: &str, should: &str) {
    let (says, ought) = (settled(is), settled(should));
    if says == ought {
        return;
    }
    if updating() {
        return fs::write(page, should).expect("a page that can be written");
    }
    let differs = says.lines().zip(ought.lines()).find(|(a, b)| a != b);
    let differs = differs.map(|(a, b)| format!("\nit says    {a}\nit should  {b}")).unwrap_or_default();
    panic!("{} is out of date: UPDATE_DOCS=1 cargo test --test docs{differs}", page.display());
}

/// Compares a picture of the book with one just made, or writes that.
fn settle_picture(kept: &Path, made: &str) {
    if fs::read_to_string(kept).is_ok_and(|is| same_picture(&is, made)) {
        return;
    }
    if updating() {
        return fs::write(kept, made).expect("a picture that can be written");
    }
    panic!("{} is out of date: UPDATE_DOCS=1 cargo test --test docs", kept.display());
}

/// True if two pictures differ by no more than half a pixel anywhere: another processor may round otherwise.
fn same_picture(one: &str, other: &str) -> bool {
    let is_edge = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'));
    let (mut one, mut other) = (one.split_inclusive(is_edge), other.split_inclusive(is_edge));
    loop {
        let (a, b) = match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) => (a, b),
            _ => return false,
        };
        let number = |text: &str| text.trim_end_matches(is_edge).parse::<f64>().ok();
        let close = match (number(a), number(b)) {
            (Some(x), Some(y)) => (x - y).abs() <= 0.5 && a.ends_with(is_edge) == b.ends_with(is_edge),
            _ => a == b,
        };
        if !close {
            return false;
        }
    }
}

#[test]
fn transcripts_show_what_happens() {
    let _writing = writing();
    let mut commands = 0;
    for page in pages() {
        let text = read(&page);
        let again = replaced(&text, "console", |block| {
            let parts = block.split("$ ").filter(|part| !part.trim().is_empty());
            let mut shown: Vec<String> = Vec::new();
            for part in parts {
                let command = part.lines().next().unwrap_or("");
                shown.push(format!("$ {command}\n{}", run(command)));
            }
            shown.join("\n")
        });
        commands += again.matches("\n$ stein").count();
        settle(&page, &text, &again);
    }
    assert!(commands >= 10, "{commands} transcripts");
}

#[cfg(unix)]
#[test]
fn sessions_show_what_happens() {
    let _writing = writing();
    for page in pages() {
        let text = read(&page);
        let again = replaced(&text, "stein-session", |block| {
            let mut terminal = crate::terminal::Terminal::fresh(100, &[("NO_COLOR", "1")]);
            let entered = block.lines().filter_map(|line| line.strip_prefix("stein> "));
            let mut shown = Vec::new();
            for line in entered {
                let screen = terminal.enter(line);
                let lines: Vec<&str> = screen.trim_end().lines().collect();
                // Without the next prompt.
                let answer = lines[..lines.len() - 1].iter().map(|line| line.trim_end());
                shown.push(format!("{}\n", answer.collect::<Vec<_>>().join("\n").trim_end()));
            }
            shown.join("\n")
        });
        settle(&page, &text, &again);
    }
}

#[test]
fn reference_pages_are_up_to_date() {
    let _writing = writing();
    for (name, text) in crate::reference::pages() {
        let page = root().join("docs/reference").join(name);
        if updating() {
            fs::write(&page, &text).expect("a page that can be written");
        }
        settle(&page, &read(&page), &text);
    }
}

/// The targets of the links of a page.
fn links(text: &str) -> Vec<String> {
    let prose = replaced(text, "text", |_| String::new());
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(str::to_string).collect()
}

/// The name that a heading has in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        for link in links(&read(&page)) {
            if link.starts_with("http") {
                continue;
            }
            let (path, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            let found = target.exists()
                && (place.is_empty()
                    || read(&target)
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line.trim_start_matches('#')) == place));
            if !found {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read(&root().join("docs/SUMMARY.md"));
    for page in pages() {
        let Ok(name) = page.strip_prefix(root().join("docs")) else { continue };
        let name = name.to_string_lossy().replace('\\', "/");
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is not in the summary");
    }
}

#[test]
fn pictures_may_differ_by_a_hair_only() {
    let picture = |x: f64, word: &str| format!("<polyline points=\"{x},20.0 30.5,-4.1\" {word}/>");
    assert!(same_picture(&picture(10.2, "a"), &picture(10.4, "a")));
    assert!(!same_picture(&picture(10.2, "a"), &picture(11.0, "a")));
    assert!(!same_picture(&picture(10.2, "a"), &picture(10.2, "b")));
    assert!(!same_picture(&picture(10.2, "a"), &(picture(10.2, "a") + "<line/>")));
}

#[test]
fn decimals_are_settled() {
    assert_eq!(
        without_decimals("-0.285 and 6.8e-6 (z = 0.0); 65,536 draws, 3e-4"),
        "-# and # (z = #); 65,536 draws, #"
    );
    assert_eq!(anchor(" E002: brackets"), "e002-brackets");
}

/// The page on the kernel says how many lines of code have to be believed; its ablation is a test.
#[test]
fn the_lines_of_the_kernel_are_counted() {
    let (mut folders, mut files) = (vec![root().join("crates/kernel/src")], vec![]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the kernel") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.ends_with("ablation.rs") => {}
                false => files.push(read(&path)),
            }
        }
    }
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let count: usize = files.iter().map(|text| text.lines().filter(is_code).count()).sum();
    let page = root().join("docs/kernel.md");
    let text = read(&page);
    let (before, rest) = text.split_once("all of its ").expect("the number of lines");
    let (number, after) = rest.split_once(" lines of code").expect("the number of lines");
    if updating() {
        let _writing = writing();
        fs::write(&page, format!("{before}all of its {count} lines of code{after}")).expect("a page");
    } else {
        assert_eq!(number, count.to_string(), "docs/kernel.md");
    }
}
