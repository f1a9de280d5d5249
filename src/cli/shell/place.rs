//! Where the shell keeps its history: `$XDG_STATE_HOME/stein/history`, by default `~/.local/state/stein/history`.

use std::env;
use std::path::PathBuf;

/// The file of the history, its folder made; none if there is no place for it.
pub fn history() -> Option<PathBuf> {
    let named = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")));
    let state = state.or_else(|| named("LOCALAPPDATA"))?;
    let folder = state.join("stein");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
