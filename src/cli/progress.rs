//! A bar on standard error while much is drawn, and an end on Ctrl-C with what is known by then.

use crate::session::{Session, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Work of fewer draws is over before a bar could be read.
const LONG: u64 = 200_000_000;
const INTERVAL: Duration = Duration::from_millis(100);

/// Shown until it is dropped.
pub struct Progress {
    over: Arc<AtomicBool>,
    painter: Option<JoinHandle<()>>,
}

impl Progress {
    /// Watches the simulations of a session.
    pub fn of(session: &mut Session) -> Progress {
        let watch = Arc::new(Watch::default());
        session.options.watch = Some(watch.clone());
        let wish = watch.clone();
        // Where Ctrl-C cannot be listened to, it ends the program as ever; the second one does in any case.
        let _ = ctrlc::set_handler(move || {
            if wish.is_cancelled() {
                std::process::exit(130);
            }
            wish.cancel();
        });
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let terminal = std::io::stderr().is_terminal();
        let painter = terminal.then(|| std::thread::spawn(move || paint(&watch, &ended)));
        Progress { over, painter }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(painter) = self.painter.take() {
            painter.thread().unpark();
            // A bar that could not be drawn is no reason to fail.
            let _ = painter.join();
        }
    }
}

fn paint(watch: &Watch, over: &AtomicBool) {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left; Ctrl-C for what is known") {
        bar.set_style(style);
    }
    while !over.load(Ordering::Relaxed) {
        let (done, wanted) = watch.progress();
        if wanted >= LONG {
            bar.set_length(wanted);
            bar.set_position(done);
        }
        std::thread::park_timeout(INTERVAL);
    }
    bar.finish_and_clear();
}
