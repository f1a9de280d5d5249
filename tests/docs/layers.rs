//! The order of the layers: nothing imports what stands above it. Of the crates in `crates/` the compiler sees to that.

use std::path::{Path, PathBuf};

/// Each layer with what it may import of the crate.
const LAYERS: [(&str, &[&str]); 17] = [
    ("term", &["syntax"]),
    ("array", &["term"]),
    ("rule", &["syntax", "term"]),
    ("proof", &["syntax", "term", "rule"]),
    ("certify", &["term", "rule", "proof"]),
    ("engine", &["term", "rule", "proof"]),
    ("operator", &["syntax", "term", "rule"]),
    ("law", &["term"]),
    ("check", &["term", "law", "vector"]),
    ("audit", &["syntax", "term", "rule", "proof", "law", "check"]),
    ("repair", &["term", "rule", "proof", "engine", "check"]),
    ("estimator", &["term", "rule", "proof", "engine", "check"]),
    ("emit", &["term"]),
    ("render", &["syntax"]),
    (
        "session",
        &[
            "syntax",
            "term",
            "array",
            "rule",
            "proof",
            "certify",
            "engine",
            "operator",
            "law",
            "vector",
            "check",
            "audit",
            "repair",
            "estimator",
            "emit",
            "render",
        ],
    ),
    ("document", &["syntax", "render", "session"]),
    ("cli", &["syntax", "render", "session", "document"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry of a folder").path()) {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The modules of the crate that a line of code names.
fn imports(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        assert!(!rest.starts_with('{'), "one `use` a module, so that this test can read it: {line}");
        found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
    }
    found
}

#[test]
fn every_layer_imports_only_what_is_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (layer, allowed) in LAYERS {
        let files = sources(&src.join(layer));
        assert!(!files.is_empty(), "the layer `{layer}` has no files");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for (number, line) in text.lines().enumerate() {
                for module in imports(line).into_iter().filter(|module| module != layer) {
                    if !allowed.contains(&module.as_str()) {
                        wrong.push(format!("{}:{}: {layer} imports {module}", file.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_is_a_layer() {
    let lib = include_str!("../../src/lib.rs");
    let modules =
        lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    for module in modules {
        assert!(LAYERS.iter().any(|(layer, _)| *layer == module), "`{module}` has no place in the order of the layers");
    }
}

#[test]
fn only_the_engine_uses_the_e_graph() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (layer, _) in LAYERS.iter().filter(|(layer, _)| *layer != "engine") {
        for file in sources(&src.join(layer)) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            assert!(!text.contains("use egg"), "{} imports egg", file.display());
        }
    }
}

/// A unit test in a library without a program for them would never run.
#[test]
fn the_syntax_has_no_unit_tests() {
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/syntax/src")) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        assert!(!text.contains("cfg(test)"), "{}: these tests belong in crates/syntax/tests", file.display());
    }
}
