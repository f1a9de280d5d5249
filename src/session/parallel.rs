//! Work that is done on all processors.

use super::STACK;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the same to each item on all processors, the largest items first; the results are in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], size: impl Fn(&T) -> usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(size(&items[*index])));
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(index) = order.get(place).copied() else { return done };
            done.push((index, work(&items[index])));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok();
        let handles: Vec<_> = (1..workers).filter_map(start).collect();
        let mut results = run();
        for handle in handles {
            match handle.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
