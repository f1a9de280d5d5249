//! The `stein` program.

/// Terms are many small allocations: a third of the time to load the library is spent in the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    stein::cli::main()
}
