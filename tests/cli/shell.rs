//! The shell, driven through a pseudo-terminal.

use crate::terminal::Terminal;

const CTRL_D: &str = "\u{4}";
const UP: &str = "\u{1b}[A";

#[test]
fn a_bare_equation_is_proved_and_ctrl_d_leaves() {
    let mut terminal = Terminal::fresh(120, &[]);
    let screen = terminal.enter("D[S f_theta] = S[x/sigma f_theta]");
    assert!(screen.contains("proved") && screen.contains("likelihood ratio (5.1)"), "{screen}");
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), 0);
}

#[test]
fn tab_completes_symbols_names_and_rules() {
    let mut terminal = Terminal::fresh(120, &[]);
    terminal.press("f(\\the\t");
    terminal.wait("a letter", |screen| screen.trim_end().ends_with("stein> f(θ"));
    terminal.press(") = E_{x ~ Lap\t");
    terminal.wait("a law", |screen| screen.trim_end().ends_with("E_{x ~ Laplace("));
    terminal.give_up();
    terminal.press("help likel\t");
    terminal.wait("a rule", |screen| screen.trim_end().ends_with("help likelihood-ratio"));
    terminal.give_up();
    terminal.press("let kernel(u) = u^2\r");
    terminal.wait("a definition", |screen| {
        screen.contains("let         kernel(u) = u²") && screen.trim_end().ends_with("stein>")
    });
    terminal.press("kern\t");
    terminal.wait("a name of the user's", |screen| screen.trim_end().ends_with("stein> kernel"));
}

#[test]
fn an_open_bracket_continues_on_the_next_line() {
    let mut terminal = Terminal::fresh(120, &[]);
    let screen = terminal.enter("E_{x ~ N(0,1)}[\rx^2\r] =\r1");
    assert!(screen.contains("proved      E_{x ~ N(0,1)}[x²] = 1"), "{screen}");
}

#[test]
fn history_outlives_the_shell() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start(120, folder.path(), &[]);
    terminal.enter("x + x = 2 x");
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), 0);
    let mut again = Terminal::start(120, folder.path(), &[]);
    again.press(UP);
    again.wait("the line of last time", |screen| screen.trim_end().ends_with("stein> x + x = 2 x"));
    again.give_up();
    again.press("x +");
    again.wait("a hint", |screen| screen.trim_end().ends_with("stein> x + x = 2 x"));
}

#[test]
fn ctrl_c_gives_up_the_line_and_not_the_shell() {
    let mut terminal = Terminal::fresh(120, &[]);
    terminal.press("E_{x ~ N(0,1)}[");
    terminal.wait("what was typed", |screen| screen.contains("N(0,1)}["));
    terminal.give_up();
    let screen = terminal.enter("x = x");
    assert!(screen.contains("proved"), "{screen}");
    terminal.press("y");
    terminal.wait("what was typed", |screen| screen.trim_end().ends_with("stein> y"));
    terminal.give_up();
    terminal.press("\u{3}");
    terminal.wait("a hint at the way out", |screen| screen.contains("Ctrl-D leaves\n"));
}

#[test]
fn ctrl_c_gives_up_a_statement_that_takes_long() {
    let arguments = ["--timeout", "1000", "--samples", "1000000000000"];
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start_with(&arguments, 120, folder.path(), &[]);
    // It holds, so that nothing but the draws ends it.
    terminal.press("check E_{x ~ N(0,1)}[x f(x)] = E_{x ~ N(0,1)}[f'(x)]\r");
    terminal.wait_for_work();
    terminal.press("\u{3}");
    terminal.wait("the end of the work", |screen| screen.contains("given up"));
    terminal.wait("a prompt", |screen| screen.trim_end().lines().last().is_some_and(|last| last.trim() == "stein>"));
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_command_hints_at_what_it_needs() {
    let mut terminal = Terminal::fresh(120, &[]);
    terminal.press("save ");
    terminal.wait("a hint", |screen| screen.trim_end().ends_with("stein> save FILE"));
}

#[test]
fn errors_have_a_caret_and_the_shell_goes_on() {
    let mut terminal = Terminal::fresh(120, &[]);
    let screen = terminal.enter("f(x)) = 1");
    assert!(screen.contains("closes nothing") && screen.contains("f(x)) = 1"), "{screen}");
    let screen = terminal.enter("help likelihod-ratio");
    assert!(screen.contains("did you mean `likelihood-ratio`?"), "{screen}");
    let screen = terminal.enter("step");
    assert!(screen.contains("there is no proof yet"), "{screen}");
    terminal.enter("x = x");
    let screen = terminal.enter("step");
    assert!(screen.contains("no steps to walk through"), "{screen}");
    let mut terminal = Terminal::fresh(120, &[]);
    let screen = terminal.enter("_ = 1");
    assert!(screen.contains("there is no result yet"), "{screen}");
}

#[test]
fn help_describes_a_rule_with_an_example_that_runs() {
    let mut terminal = Terminal::fresh(160, &[]);
    let screen = terminal.enter("help interchange");
    let example = screen.lines().find_map(|line| line.split_once("example")).expect("an example").1;
    let example = example.trim().trim_matches('`').to_string();
    let screen = terminal.enter(&example);
    assert!(screen.contains("conditional") && screen.contains("interchange (3.1)"), "{screen}");
    let screen = terminal.enter("help");
    assert!(screen.contains("forget") && screen.contains("save FILE"), "{screen}");
    let screen = terminal.enter("help Poisson");
    assert!(screen.contains("The Poisson law") && screen.contains("whole numbers"), "{screen}");
}

#[test]
fn a_proof_is_walked_through_hint_first() {
    let mut terminal = Terminal::fresh(160, &[]);
    terminal.enter("D[S f_θ] = S[x/σ f_θ]");
    let hint = terminal.enter("step");
    assert!(hint.contains("change of variables (1.1): The mean") && !hint.contains("= D_θ[E_{y"), "{hint}");
    let step = terminal.enter("step");
    assert!(step.contains("= D_θ[E_{y ~ N(θ, σ²)}[f(y)]]"), "{step}");
    let explained = terminal.enter("explain");
    assert!(explained.contains("why A derivative moves through a parametrised mean"), "{explained}");
}

#[test]
fn a_bare_expression_is_derived() {
    let mut terminal = Terminal::fresh(120, &[]);
    let screen = terminal.enter("D_θ[E_{x ~ N(θ, σ²)}[f(x)]]");
    assert!(screen.contains("pathwise") && screen.contains("E_{z ~ N(0,1)}[f'(θ + σ z)]"), "{screen}");
    let screen = terminal.enter("D_θ[E_{x ~ N(θ, σ²)}[f(x)]] = _");
    assert!(screen.contains("conditional"), "{screen}");
}

#[test]
fn a_session_is_saved_as_a_script_that_replays_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start(120, folder.path(), &[]);
    terminal.enter("let h(u) = u^2");
    terminal.enter("assume f : lipschitz");
    let screen = terminal.enter("list");
    assert!(screen.contains("let h(u) = u²") && screen.contains("assume f : lipschitz"), "{screen}");
    let screen = terminal.enter("D[S f_θ] = S[D f_θ]");
    assert!(screen.contains("proved"), "{screen}");
    terminal.enter("forget f");
    let screen = terminal.enter("D[S f_θ] = _");
    assert!(screen.contains("conditional"), "{screen}");
    terminal.enter("f(x)) = 1");
    let screen = terminal.enter("save session.stein");
    assert!(screen.contains("stein run session.stein"), "{screen}");
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), 0);
    let replayed = assert_cmd::Command::new(env!("CARGO_BIN_EXE_stein"))
        .args(["run", "session.stein"])
        .current_dir(&folder)
        .output()
        .expect("a run");
    let text = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert_eq!(replayed.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&replayed.stderr));
    assert!(text.contains("proved ") && text.contains("conditional ") && text.contains("forget "), "{text}");
}

#[test]
fn a_narrow_terminal_has_the_reasons_on_lines_of_their_own() {
    let mut terminal = Terminal::fresh(60, &[]);
    let screen = terminal.enter("D[S f_θ] = S[x/σ f_θ]");
    let reason = screen.lines().find(|line| line.contains("likelihood ratio (5.1)")).expect("a reason");
    assert_eq!(reason.trim(), "likelihood ratio (5.1)", "{screen}");
    let mut narrow = Terminal::fresh(20, &[]);
    narrow.press("x + x + x + x + x + x = 6 x\r");
    narrow.wait("an answer", |screen| screen.contains("proved"));
}

#[test]
fn no_colours_where_none_are_wanted() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut terminal = Terminal::fresh(120, variables);
        terminal.enter("x = x");
        terminal.raw().contains("\u{1b}[3") || terminal.raw().contains("\u{1b}[1m")
    };
    assert!(coloured(&[]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn a_terminal_that_cannot_edit_still_takes_statements() {
    let mut terminal = Terminal::fresh(120, &[("TERM", "dumb")]);
    terminal.press("x + x = 2 x\n");
    terminal.wait("an answer", |screen| screen.contains("proved"));
    terminal.press("quit\n");
    assert_eq!(terminal.end(), 0);
}
