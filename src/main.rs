//! The `stein` program.

fn main() -> std::process::ExitCode {
    stein::cli::main()
}
