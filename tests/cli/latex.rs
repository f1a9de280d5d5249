//! LaTeX output compiles as it stands, where a TeX engine is installed.

use std::process::Command;

/// A document around the output of a run.
fn document(body: &str) -> String {
    format!(
        "\\documentclass{{article}}\n\\usepackage{{amsmath,amssymb}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
}

fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).output().expect("a run");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_note_and_the_rules_compile() {
    let engine = ["pdflatex", "lualatex", "xelatex"]
        .into_iter()
        .find(|engine| Command::new(engine).arg("--version").output().is_ok_and(|output| output.status.success()));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/note.stein");
    let mut body = output(&["run", script, "--format", "latex", "--explain"]);
    for statement in [
        "D[S f_θ] = S[D f_θ]",
        "D[S_θ f] = S_θ[D f]",
        "[D, M_y] = 1",
        "D_λ E_{x ~ Poisson(λ)}[f(x)] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]",
        "E_{x ~ N(θ, 1)}[step(x)] = ∫_0^oo N(x | θ, 1) dx",
    ] {
        body.push_str(&output(&["check", statement, "--format", "latex"]));
    }
    body.push_str(&output(&["rules", "--format", "latex"]));
    assert!(body.contains("\\begin{align*}") && body.matches("\\begin{").count() == body.matches("\\end{").count());
    let Some(engine) = engine else { return };
    let folder = std::env::temp_dir().join(format!("stein-latex-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("page.tex"), document(&body)).expect("a file");
    let run = Command::new(engine)
        .args(["-interaction=nonstopmode", "-halt-on-error", "page.tex"])
        .current_dir(&folder)
        .output()
        .expect("a run of TeX");
    let log = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{}", log.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
    std::fs::remove_dir_all(&folder).expect("cleaning up");
}
