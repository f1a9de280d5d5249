//! A real terminal for a program under test: a pseudo-terminal, and a screen that shows what was printed.
#![allow(dead_code)] // Each test file uses a part of it.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing that a test waits for takes this long; it only ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(120);

const ROWS: NonZeroU16 = NonZeroU16::new(120).expect("rows");

/// What has been printed so far.
struct Shown {
    screen: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

pub struct Terminal {
    shown: Arc<(Mutex<Shown>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    /// Where the shell lives, if that is its own.
    home: Option<TempDir>,
}

impl Terminal {
    /// Starts the shell in a terminal of some columns, in a fresh folder of its own.
    pub fn fresh(columns: u16, variables: &[(&str, &str)]) -> Terminal {
        let home = tempfile::tempdir().expect("a folder");
        let mut terminal = Terminal::start(columns, home.path(), variables);
        terminal.home = Some(home);
        terminal
    }

    /// Starts the shell in a terminal of some columns, its history in a folder of the test's.
    pub fn start(columns: u16, state: &Path, variables: &[(&str, &str)]) -> Terminal {
        Terminal::start_with(&["--timeout", "60"], columns, state, variables)
    }

    /// The same with arguments for the shell.
    pub fn start_with(arguments: &[&str], columns: u16, state: &Path, variables: &[(&str, &str)]) -> Terminal {
        let size = PtySize { rows: ROWS.get(), cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_stein"));
        command.args(arguments);
        command.env_remove("NO_COLOR");
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", state);
        command.cwd(state);
        variables.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).expect("the shell");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let screen = vt100::Parser::new(ROWS, NonZeroU16::new(columns).expect("columns"), 1000);
        let shown = Arc::new((Mutex::new(Shown { screen, raw: Vec::new(), ended: false }), Condvar::new()));
        let writer = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut shown = writer.0.lock().expect("the screen");
                shown.screen.process(&buffer[..read]);
                shown.raw.extend(&buffer[..read]);
                shown.ended = read == 0;
                writer.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let terminal = Terminal { shown, keys, child, _master: pair.master, home: None };
        terminal.wait("the prompt", |screen| screen.trim_end().ends_with("stein>"));
        terminal
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("a terminal that takes keys");
    }

    /// Gives up the line, which must not be empty, with Ctrl-C and waits for the next prompt: what is typed before it
    /// would be lost.
    pub fn give_up(&mut self) {
        self.press("\u{3}");
        self.wait("a new prompt", |screen| {
            screen.trim_end().lines().last().is_some_and(|last| last.trim() == "stein>")
        });
    }

    /// Waits until the screen satisfies a condition, and gives it as text.
    pub fn wait(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        let mut shown = self.shown.0.lock().expect("the screen");
        loop {
            let text = shown.screen.screen().contents();
            if condition(&text) {
                return text;
            }
            assert!(!shown.ended, "the shell ended before {what}:\n{text}");
            assert!(started.elapsed() < PATIENCE, "no {what}:\n{text}");
            shown = self.shown.1.wait_timeout(shown, Duration::from_secs(1)).expect("the screen").0;
        }
    }

    /// Clears the screen, enters a line, and waits for the answer and the next prompt.
    pub fn enter(&mut self, line: &str) -> String {
        // Ctrl-L clears; the prompt comes back on the first line.
        self.press("\u{c}");
        self.wait("a clear screen", |screen| screen.trim() == "stein>");
        self.press(line);
        self.press("\r");
        self.wait("the next prompt", |screen| {
            screen.lines().filter(|line| line.starts_with("stein>")).count() > 1
                && screen.trim_end().lines().last().is_some_and(|last| last.trim() == "stein>")
        })
    }

    /// Waits until the terminal is no longer in the hands of the line editor, so that Ctrl-C is a signal.
    pub fn wait_for_work(&self) {
        const LEFT: &[u8] = b"\x1b[?2004l";
        let mut shown = self.shown.0.lock().expect("the screen");
        while !shown.raw.windows(LEFT.len()).any(|window| window == LEFT) {
            shown = self.shown.1.wait_timeout(shown, Duration::from_secs(1)).expect("the screen").0;
        }
    }

    /// Everything that was printed, escapes included.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown.0.lock().expect("the screen").raw).into_owned()
    }

    /// Waits for the end, and gives the exit code.
    pub fn end(mut self) -> u32 {
        self.child.wait().expect("the end of the shell").exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended already, unless the test failed; its folder goes after it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
