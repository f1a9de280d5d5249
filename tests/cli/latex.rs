//! LaTeX output compiles as it stands, where a TeX engine is installed.

use std::process::Command;

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
    let mut body = output(&["run", script, "--format", "latex", "--explain", "--standalone"]);
    assert!(body.starts_with("\\documentclass") && body.ends_with("\\end{document}\n"), "{body}");
    body.truncate(body.len() - "\\end{document}\n".len());
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
    body.push_str("\\end{document}\n");
    assert!(body.contains("\\begin{align*}") && body.matches("\\begin{").count() == body.matches("\\end{").count());
    let Some(engine) = engine else { return };
    let folder = std::env::temp_dir().join(format!("stein-latex-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("page.tex"), &body).expect("a file");
    let run = Command::new(engine)
        .args(["-interaction=nonstopmode", "-halt-on-error", "page.tex"])
        .current_dir(&folder)
        .output()
        .expect("a run of TeX");
    let log = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{}", log.lines().rev().take(40).collect::<Vec<_>>().join("\n"));
    std::fs::remove_dir_all(&folder).expect("cleaning up");
}

#[test]
fn a_proof_for_a_paper_is_a_theorem_and_its_proof_alone() {
    let score = "D_a E_{x ~ Gamma(a,b)}[f(x)] = E_{x ~ Gamma(a,b)}[f(x) (ln x + ln b - digamma(a))] given a > 0";
    let text = output(&["prove", score, "--format", "latex", "--proof-only"]);
    assert!(text.starts_with("% In the preamble: \\usepackage{amsmath,amssymb,amsthm}"), "{text}");
    for part in [
        "\\begin{theorem}\nSuppose that $a > 0$; $b > 0$. Then\n",
        "\\begin{proof}\n\\begin{align*}",
        "\\tag*{likelihood ratio (5.1)}",
        "\\psi(a)",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
    for noise in ["numbers", "quadrature", "digamma", "place"] {
        assert!(!text.contains(noise), "{noise} in:\n{text}");
    }
}

#[test]
fn raw_instances_are_written_out_and_long_lines_broken() {
    let text = output(&["prove", "E_{x ~ N(0,1)}[s exp(σ x - σ^2/2)] = s", "--format", "latex"]);
    assert!(text.contains("N(\\sigma, 1)") && !text.contains("+ 0") && !text.contains("0 \\sigma"), "{text}");
    let long = "E_{x ~ N(0,1)}[a x + b x^2 + c x^3 + d x^4 + k x^5 + l x^6 + m x^7 + n x^8 + p x^9 + q x^10] = b + 3 d + 15 l + 105 n + 945 q";
    let text = output(&["prove", long, "--format", "latex"]);
    assert!(text.lines().all(|line| line.len() < 260), "{text}");
}

#[test]
fn what_is_about_latex_says_so() {
    for option in ["--standalone", "--proof-only"] {
        let run = Command::new(env!("CARGO_BIN_EXE_stein")).args(["prove", "x = x", option]).output().expect("a run");
        assert_eq!(run.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&run.stderr).contains("--format latex"));
    }
}
