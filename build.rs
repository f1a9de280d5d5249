//! Parses the files of `rules/` with the parser of the program, so that a start of the program need not.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files = Vec::new();
    collect(&root, &root, &mut files)?;
    files.sort();
    let mut library = Vec::new();
    for (name, text) in &files {
        let entries = stein_syntax::parse_entries(text).map_err(|error| {
            let line = 1 + text[..error.span.start].matches('\n').count();
            let help = error.help.iter().map(|help| format!(" ({help})")).collect::<String>();
            format!("rules/{name}:{line}: {error}{help}")
        })?;
        library.push((name.as_str(), text.as_str(), entries));
    }
    let target = PathBuf::from(std::env::var("OUT_DIR")?).join("library.bin");
    Ok(std::fs::write(target, postcard::to_stdvec(&library)?)?)
}

/// The files of a folder by their names below the root, with their texts.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "function" || kind == "law" || kind == "rules") {
            let parts: Vec<_> = path.strip_prefix(root)?.iter().map(|part| part.to_string_lossy()).collect();
            files.push((parts.join("/"), std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
