//! Files and standard input as text.

use crate::session::Error;
use std::io::Read;
use std::path::Path;

/// Inputs above this size are refused.
const LARGEST: u64 = 64 << 20;

/// A script with its name in messages; `-` is standard input.
pub fn script(file: &Path) -> Result<(String, String), Error> {
    if file.as_os_str() == "-" {
        let name = "standard input".to_string();
        let text = decoded(&name, all(&name, std::io::stdin().lock())?)?;
        return Ok((name, text));
    }
    Ok((file.display().to_string(), text(file)?))
}

/// A statement of the command line; `-` is standard input.
pub fn statement(argument: &str) -> Result<String, Error> {
    if argument != "-" {
        return Ok(argument.into());
    }
    script(Path::new("-")).map(|(_, text)| crate::session::without_comments(text.trim()).into_owned())
}

/// A file as text.
pub fn text(file: &Path) -> Result<String, Error> {
    let name = file.display().to_string();
    if file.is_dir() {
        return Err(Error::input(format!("`{name}` is a directory"), Some("name a file")));
    }
    let opened = std::fs::File::open(file).map_err(|error| unreadable(&name, &error))?;
    decoded(&name, all(&name, opened)?)
}

fn all(name: &str, source: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::input(format!("`{name}` is larger than {} MB", LARGEST >> 20), None));
    }
    Ok(bytes)
}

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    };
    Error::input(format!("`{name}` cannot be read: {why}"), None)
}

fn decoded(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        Error::input(format!("`{name}` is not UTF-8 text: the first bad byte is in line {line}"), None)
    })
}
