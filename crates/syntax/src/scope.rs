//! Which names a statement declares: a letter before a parenthesis is a call or a product by that.

use super::ast::{Assumption, Name};
use super::canon::Tokens;
use super::macros::Macros;
use super::names::{LAWS, RESERVED, is_greek_letter, is_latin_letter, is_letter_of_a_law, known_function};
use super::parse::Context;
use super::statement::SORTS;
use std::collections::HashSet;
use std::ops::Range;

/// The declared names, by their canonical text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    functions: HashSet<String>,
    variables: HashSet<String>,
    /// Parameters of a definition, in its range of tokens.
    parameters: Vec<(Range<usize>, HashSet<String>)>,
    /// Letters that stand alone somewhere: numbers.
    alone: HashSet<String>,
    /// Names of laws: what stands behind a `~`, in a divergence, or before a bracket with a bar.
    laws: HashSet<String>,
    /// Letters that `given` draws.
    drawn: HashSet<String>,
    /// Letters in the laws that `given` draws from.
    parameters_of_draws: HashSet<String>,
    /// Names of whole trajectories.
    trajectories: HashSet<String>,
    /// Single letters that are the arguments of a law.
    parameters_of_laws: HashSet<String>,
    /// What one differentiates by.
    by: HashSet<String>,
    /// Names that a definition gives a meaning.
    defined: HashSet<String>,
    /// Letters that are defined with an index and nothing behind it, as `p_i = …`: p_k is a number as well.
    indexed: HashSet<String>,
    /// Letters of hypotheses that stand before brackets only, as a function or as a factor.
    either: HashSet<String>,
    /// The text is a field of a data file, whose words are no products.
    data: bool,
    /// The text is that of a clause, not of a statement.
    clause: bool,
    macros: Macros,
}

impl Scope {
    /// A scope in which these names are variables.
    pub fn of_variables(names: &[Name]) -> Scope {
        Scope { variables: names.iter().map(Name::canonical).collect(), data: true, ..Scope::default() }
    }

    /// A scope in which an author's commands are known, and nothing else.
    pub fn of_macros(macros: &Macros) -> Scope {
        Scope { macros: macros.clone(), ..Scope::default() }
    }

    pub fn macros(&self) -> &Macros {
        &self.macros
    }

    /// A scope in which definitions and assumptions hold: what has a class is a function.
    pub fn of_context(context: &Context) -> Scope {
        let mut scope = Scope::of_macros(context.macros);
        for assumption in context.assumptions {
            match assumption {
                Assumption::Class { function, .. } => scope.functions.insert(function.canonical()),
                Assumption::Tuple { name, .. } => {
                    scope.drawn.insert(name.canonical());
                    scope.trajectories.insert(name.canonical());
                    scope.variables.insert(name.canonical())
                }
                Assumption::Sort { letter, .. } => scope.variables.insert(letter.canonical()),
                Assumption::Map { function, .. } => scope.functions.insert(function.canonical()),
                Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } => {
                    scope.variables.extend(letters.iter().map(Name::canonical));
                    false
                }
                Assumption::Draw { variables, .. } => {
                    scope.drawn.extend(variables.iter().map(Name::canonical));
                    scope.variables.extend(variables.iter().map(Name::canonical));
                    false
                }
                Assumption::Compare(..) => false,
            };
        }
        for definition in context.definitions {
            let names = if definition.parameters.is_empty() { &mut scope.variables } else { &mut scope.functions };
            names.insert(definition.name.canonical());
            scope.defined.insert(definition.name.canonical());
        }
        scope
    }

    /// Collects what `tokens` declare; with `definition` they are the text of one definition.
    pub fn collect(mut self, tokens: Tokens, definition: bool) -> Scope {
        if definition {
            self.definition(tokens, 0);
        }
        for at in 0..tokens.all.len() {
            // `p_where` is a name, if a strange one.
            if tokens.name(at) == Some("where") && (at == 0 || !tokens.is(at - 1, "_")) {
                self.definition(tokens, at + 1);
            } else if tokens.name(at) == Some("given") {
                self.classes(tokens, at + 1);
                self.hypotheses(tokens, at + 1);
            } else if tokens.is(at, "~") {
                self.bound(tokens, at);
            } else if tokens.is(at, "_") && at > 0 {
                self.differentiated(tokens, at);
                self.bound_by_densities(tokens, at);
            } else if let Some((name, _)) = tokens.name_at(at + 1).filter(|_| is_below_differential(tokens, at)) {
                self.by.insert(name.canonical());
                self.variables.insert(name.canonical());
            } else if tokens.is(at, "∂") {
                // Below a fraction bar, or `∂/∂θ`; above it stands what is differentiated.
                let below = at > 1 && tokens.is(at - 1, "{") && tokens.is(at - 2, "}");
                let below = below || (at > 0 && tokens.is(at - 1, "/"));
                if let Some((name, _)) = tokens.name_at(at + 1).filter(|_| below) {
                    self.variables.insert(name.canonical());
                }
            } else if (tokens.is(at, "∑") || tokens.is(at, "∏"))
                && tokens.is(at + 1, "_")
                && let Some((name, _)) = tokens.name_at(at + 2 + usize::from(tokens.is(at + 2, "{")))
            {
                self.variables.insert(name.canonical());
            }
        }
        self.plain_probabilities(tokens);
        self.laws(tokens);
        self.laws_at_others(tokens);
        self.standing_alone(tokens);
        self
    }

    /// Does a letter stand alone somewhere, as a number?
    pub fn is_alone(&self, name: &str) -> bool {
        self.alone.contains(name)
    }

    /// Could a letter be a function as well as a factor?
    pub fn is_either(&self, name: &str) -> bool {
        self.either.contains(name) && !self.functions.contains(name) && !self.variables.contains(name)
    }

    pub fn is_law(&self, name: &str) -> bool {
        self.laws.contains(name)
    }

    /// A letter that is drawn step by step: S of `S_{t+1} ~ P(·|S_t)`.
    pub fn is_sequence(&self, base: &str) -> bool {
        let step =
            |name: &String| name.strip_prefix(base).is_some_and(|below| below.starts_with('_') && below.contains('+'));
        self.drawn.iter().any(step)
    }

    /// `E_π` of a trajectory whose letters are drawn by π_θ: a letter that is a law with something below it, and no other.
    pub fn draws_a_trajectory(&self, name: &str) -> bool {
        let below = |law: &&String| law.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
        !self.trajectories.is_empty() && self.laws.iter().filter(below).count() == 1
    }

    /// Is it drawn by `given`?
    pub fn is_drawn(&self, name: &str) -> bool {
        self.drawn.contains(name)
    }

    /// Does `given` draw anything?
    pub fn draws(&self) -> bool {
        !self.drawn.is_empty()
    }

    /// Does a letter stand in a law that `given` draws from?
    pub fn is_parameter_of_draws(&self, name: &str) -> bool {
        self.parameters_of_draws.contains(name)
    }

    /// Is a letter the index of what `given` draws?
    pub fn draws_index(&self, index: &str) -> bool {
        self.drawn
            .iter()
            .any(|name| name.split_once("_{").is_some_and(|(_, below)| below.trim_end_matches('}') == index))
    }

    pub fn is_parameter_of_a_law(&self, name: &str) -> bool {
        self.parameters_of_laws.contains(name)
    }

    /// What the statement differentiates by.
    pub fn differentiated_by(&self) -> &HashSet<String> {
        &self.by
    }

    /// Is a letter said to be something: bound, defined, assumed or differentiated by?
    pub fn is_spoken_of(&self, name: &str, at: usize) -> bool {
        self.functions.contains(name) || self.is_variable(name, at)
    }

    /// Is a word said to be something anywhere: bound, defined or assumed?
    pub fn is_said(&self, name: &str, at: usize) -> bool {
        self.is_spoken_of(name, at) || self.laws.contains(name) || self.by.contains(name)
    }

    /// The scope of a clause that stands alone.
    pub fn of_clause(self) -> Scope {
        Scope { clause: true, ..self }
    }

    /// Is the text something else than a statement?
    pub fn is_of_clause(&self) -> bool {
        self.data || self.clause
    }

    /// Is a letter bound, defined or assumed, rather than only differentiated by?
    pub fn is_declared(&self, name: &str) -> bool {
        let other = self.by.contains(name) || self.defined.contains(name);
        !self.data && self.variables.contains(name) && !other
    }

    /// Does a letter of the statement stand for a value?
    pub fn is_value(&self, name: &str) -> bool {
        self.variables.contains(name) || self.alone.contains(name) || self.by.contains(name)
    }

    /// `h > 0` says that h is a number; of `f` and `g`, which are functions, it says something else.
    fn hypotheses(&mut self, tokens: Tokens, start: usize) {
        let relation = |at: usize| ["<", ">", "≤", "≥", "≠", "=", "∈", "≻"].iter().any(|symbol| tokens.is(at, symbol));
        let mut at = start;
        while at < tokens.all.len() && tokens.name(at) != Some("where") {
            let below = tokens.is(at - 1, "_") || at > 1 && tokens.is(at - 1, "{") && tokens.is(at - 2, "_");
            if let Some((name, behind)) = tokens.name_at(at).filter(|_| !below) {
                let begins = at == start || tokens.is(at - 1, ",") || relation(at - 1);
                let ends = behind == tokens.all.len() || tokens.is(behind, ",") || relation(behind);
                if begins && ends && (relation(behind) || relation(at - 1)) {
                    match spoken_of(tokens, &name, start) {
                        Spoken::Number => self.variables.insert(name.canonical()),
                        Spoken::Either => self.either.insert(name.canonical()),
                        Spoken::Function => self.functions.insert(name.canonical()),
                    };
                }
                // A trajectory, `τ = (s_{0:T}, a_{0:T})`.
                let tuple = tokens.is(behind, "=") && tokens.is(behind + 1, "(");
                if begins && tuple && tokens.holds(behind + 1, &[","]) {
                    self.trajectories.insert(name.canonical());
                    self.drawn.insert(name.canonical());
                }
                if tokens.is(at - 1, "~") {
                    self.parameters_of_draws.extend(name.subscript.clone());
                    let inside = if tokens.is(behind, "(") { behind..tokens.partners[behind] } else { behind..behind };
                    self.parameters_of_draws.extend(inside.filter_map(|at| Some(tokens.name_at(at)?.0.canonical())));
                }
                if tokens.is(behind, "~") || (begins && tokens.is(behind, ",")) {
                    self.drawn_before(tokens, at, &name);
                }
            }
            at += 1;
        }
    }

    /// A letter before the `~` of a hypothesis is drawn.
    fn drawn_before(&mut self, tokens: Tokens, start: usize, name: &Name) {
        let mut at = start;
        while let Some((_, behind)) = tokens.name_at(at) {
            if tokens.is(behind, "~") {
                self.drawn.insert(name.canonical());
                self.variables.insert(name.canonical());
                return;
            }
            if !tokens.is(behind, ",") {
                return;
            }
            at = behind + 1;
        }
    }

    /// Names that are defined here: what they hold is seen by their definitions only.
    pub fn defined(&self) -> &HashSet<String> {
        &self.defined
    }

    /// Names of laws, by the places where they stand, and the lists of values that they are given.
    fn laws(&mut self, tokens: Tokens) {
        let opens = (0..tokens.all.len()).filter(|&at| at > 0 && tokens.name(at - 1) == Some("KL"));
        let divergences: Vec<Range<usize>> = opens.map(|open| open..tokens.partners[open]).collect();
        for at in 0..tokens.all.len() {
            let Some((name, behind)) = tokens.name_at(at) else { continue };
            let before = |symbols: &[&str]| at > 0 && symbols.iter().any(|symbol| tokens.is(at - 1, symbol));
            let script = before(&["_"]) && !(at > 1 && matches!(tokens.name(at - 2), Some("E" | "Var" | "Cov")));
            if script || before(&["^"]) || RESERVED.contains(&name.base.as_str()) {
                continue;
            }
            let within = at > 1 && before(&["(", "["]) && tokens.name(at - 2) == Some("KL")
                || divergences.iter().any(|range| range.contains(&at))
                    && (before(&["‖"]) || before(&["|"]) && tokens.is(at - 2, "|"));
            let bar = tokens.is(behind, "(") && tokens.holds(behind, &["|", "¦", ";"]) && tokens.separates(behind);
            let known = LAWS.contains(&name.base.as_str()) || known_function(&name.base).is_some();
            let function = known_function(&name.base).is_some();
            if (before(&["~"]) || within) && !function
                || bar && (is_latin_letter(&name.base) || is_greek_letter(&name.base))
            {
                self.laws.insert(name.canonical());
            }
            if known && tokens.is(behind, "(") {
                let close = tokens.partners[behind];
                for inner in behind + 1..close {
                    if let Some((letter, end)) = tokens.name_at(inner)
                        && [inner - 1, end]
                            .iter()
                            .all(|&at| [",", "(", ")", "¦", "|", ";"].iter().any(|s| tokens.is(at, s)))
                    {
                        self.parameters_of_laws.insert(letter.canonical());
                    }
                }
            }
        }
    }

    /// `π_θ(a)` beside `a ~ π_{θ_k}`: with a letter below, a law at another parameter, with a word another law.
    fn laws_at_others(&mut self, tokens: Tokens) {
        // A bar alone makes no law of these: `u_t(x|x_1)` may be a function that is defined.
        let drawn = (1..tokens.all.len()).filter(|at| tokens.is(at - 1, "~")).filter_map(|at| tokens.name_at(at));
        let drawn = drawn.map(|(law, _)| law).filter(|law| law.subscript.is_some() && is_letter_of_a_law(&law.base));
        let bases: HashSet<String> = drawn.map(|law| law.base).collect();
        for at in 0..tokens.all.len() {
            let Some((name, behind)) = tokens.name_at(at) else { continue };
            let others = name.subscript.is_some() && bases.contains(&name.base) && tokens.is(behind, "(");
            if others && !tokens.holds(behind, &[","]) && !self.functions.contains(&name.canonical()) {
                self.laws.insert(name.canonical());
            }
        }
    }

    /// Letters that stand somewhere without a bracket behind them, outside of scripts and of the places of laws.
    fn standing_alone(&mut self, tokens: Tokens) {
        let mut at = 0;
        while at < tokens.all.len() {
            let script = tokens.is(at, "_")
                || (tokens.is(at, "^") && at > 0 && (tokens.is(at - 1, "∑") || tokens.is(at - 1, "∏")));
            if script
                && at > 0
                && tokens.name(at - 1).is_some()
                && !matches!(tokens.name(at - 1), Some("E" | "Var" | "Cov"))
            {
                at = tokens.partners.get(at + 1).map_or(at + 2, |close| close + 1);
                continue;
            }
            let Some((name, behind)) = tokens.name_at(at) else {
                at += 1;
                continue;
            };
            let law = at > 0 && tokens.is(at - 1, "~") || tokens.is_second_law(at);
            let operand = tokens.name(at - usize::from(at > 0)) != Some("given") || at == 0;
            let class = tokens.is(behind, ":");
            // A prime before a bracket is that of a function.
            let primes = (behind..).take_while(|index| tokens.is(*index, "'")).count();
            let called = tokens.is(behind + primes, "(");
            // That of a mean is none.
            let mean = name.base == "E";
            if !law && !class && !mean && operand && !called && !self.laws.contains(&name.canonical()) {
                self.alone.insert(name.canonical());
            }
            at = behind.max(at + 1);
        }
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub fn is_variable(&self, name: &str, at: usize) -> bool {
        let parameter = self.parameters.iter().any(|(range, names)| range.contains(&at) && names.contains(name));
        parameter || !self.functions.contains(name) && (self.variables.contains(name) || self.is_instance(name))
    }

    /// Is a name that of a definition at another index?
    fn is_instance(&self, name: &str) -> bool {
        name.split_once('_').is_some_and(|(base, below)| self.indexed.contains(base) && is_index(below))
    }

    /// `f(u) = …, s = …`: definitions up to the end of the clause.
    fn definition(&mut self, tokens: Tokens, start: usize) {
        let mut at = start;
        while let Some((name, behind)) = tokens.name_at(at) {
            let end = clause_part_end(tokens, at);
            self.defined.insert(name.canonical());
            if tokens.is(behind, "(") || tokens.is(behind, "[") {
                let parameters = (behind..tokens.partners[behind]).filter_map(|at| tokens.name_at(at));
                let names: HashSet<String> = parameters.map(|(name, _)| name.canonical()).collect();
                self.parameters.push((at..end, names));
                self.functions.insert(name.canonical());
            } else {
                self.variables.insert(name.canonical());
                let index = name.subscript.as_deref().is_some_and(|below| is_index(below) && is_latin_letter(below));
                self.indexed.extend(Some(name.base).filter(|_| index));
            }
            if !tokens.is(end, ",") {
                break;
            }
            at = end + 1;
        }
    }

    /// `σ > 0, w : smooth, n : natural`: what has a class is a function, what has a sort a letter.
    fn classes(&mut self, tokens: Tokens, start: usize) {
        let mut at = start;
        loop {
            if let Some((name, behind)) = tokens.name_at(at).filter(|(_, behind)| tokens.is(*behind, ":")) {
                let is_sort = tokens.name(behind + 1).is_some_and(|word| SORTS.contains(&word));
                let names = if is_sort { &mut self.variables } else { &mut self.functions };
                names.insert(name.canonical());
                at = behind;
            }
            at = clause_part_end(tokens, at);
            if !tokens.is(at, ",") {
                break;
            }
            at += 1;
        }
    }

    /// `x, z ~ law`: the names before a `~` are variables.
    fn bound(&mut self, tokens: Tokens, tilde: usize) {
        for at in (0..tilde).rev() {
            let begins = at == 0
                || tokens.is(at - 1, "{")
                || tokens.is(at - 1, ",")
                || matches!(tokens.name(at - 1), Some("given" | "and"));
            if let Some((name, _)) = tokens.name_at(at).filter(|_| begins) {
                self.variables.insert(name.canonical());
            }
            let word = matches!(tokens.name(at), Some("given" | "where"));
            if word || ["{", "(", ")", "~"].iter().any(|symbol| tokens.is(at, symbol)) {
                break;
            }
        }
    }

    /// `E_{q(z|x)}`: a density in the subscript of a mean binds what it is applied to.
    fn bound_by_densities(&mut self, tokens: Tokens, underscore: usize) {
        if !matches!(tokens.name(underscore - 1), Some("E" | "Var" | "Cov")) || !tokens.is(underscore + 1, "{") {
            return;
        }
        if tokens.holds(underscore + 1, &["~"]) {
            return;
        }
        for at in underscore + 2..tokens.partners[underscore + 1] {
            let law = tokens.name_at(at).filter(|(_, behind)| tokens.is(*behind, "("));
            if let Some((law, behind)) = law.filter(|_| !tokens.is(at - 1, "_") && !tokens.is(at - 1, "("))
                && let Some((name, _)) = tokens.name_at(behind + 1)
            {
                self.laws.insert(law.canonical());
                self.variables.insert(name.canonical());
            }
        }
    }

    /// `D_v`: what one differentiates by is a variable.
    fn differentiated(&mut self, tokens: Tokens, underscore: usize) {
        let head = tokens.name(underscore - 1) == Some("D")
            || tokens.is(underscore - 1, "∇")
            || tokens.is(underscore - 1, "∂");
        let at = underscore + 1 + usize::from(tokens.is(underscore + 1, "{"));
        if let Some((name, _)) = tokens.name_at(at).filter(|_| head) {
            self.by.insert(name.canonical());
            self.variables.insert(name.canonical());
        }
    }

    /// A bare `p` or `q` that stands alone somewhere is a number, so that `p (1 - p)` is a product.
    fn plain_probabilities(&mut self, tokens: Tokens) {
        for at in 0..tokens.all.len() {
            let Some(letter @ ("p" | "q")) = tokens.name(at) else {
                continue;
            };
            let follows = |symbols: &[&str]| symbols.iter().any(|symbol| tokens.is(at + 1, symbol));
            let wrapped = at > 1
                && (tokens.is(at - 1, "(") || tokens.is(at - 1, "["))
                && matches!(tokens.name(at - 2), Some("stopgrad" | "sg" | "H" | "KL"));
            let wrapped = wrapped || at > 1 && tokens.is(at - 1, "{") && tokens.is(at - 2, "_");
            let law = at > 0 && ["~", "|", "⌈", "⌉", "_"].iter().any(|symbol| tokens.is(at - 1, symbol));
            let law = law || tokens.is_second_law(at);
            let law = law || matches!(tokens.name(at + 1), Some("is" | "in"));
            // Of a law that something is drawn from, it is the density at what is drawn.
            let law = law || (1..tokens.all.len()).any(|at| tokens.is(at - 1, "~") && tokens.name(at) == Some(letter));
            if !wrapped && !law && !follows(&["_", "(", "|", "‖", "⌈", "⌉"]) {
                self.variables.insert(letter.to_string());
            }
        }
    }
}

/// Is this the d below the bar of `\frac{d}{dS}`?
fn is_below_differential(tokens: Tokens, at: usize) -> bool {
    let below = at > 3 && tokens.name(at) == Some("d") && tokens.is(at - 1, "{") && tokens.is(at - 2, "}");
    let open = (0..at.saturating_sub(2)).find(|open| tokens.partners[*open] == at - 2);
    below && open.is_some_and(|open| open > 0 && tokens.is(open - 1, "÷") && tokens.name(open + 1) == Some("d"))
}

/// What a hypothesis about a letter, `w > 0`, speaks of.
enum Spoken {
    Number,
    Function,
    /// It stands only before brackets, which may hold a factor.
    Either,
}

/// A function is one that always is, or that stands only before lists of letters.
fn spoken_of(tokens: Tokens, name: &Name, clause: usize) -> Spoken {
    if matches!(name.base.as_str(), "f" | "g") {
        return Spoken::Function;
    }
    let (mut lists, mut others, mut alone) = (false, false, false);
    for at in (0..tokens.all.len()).filter(|&at| at == 0 || !tokens.is(at - 1, "_")) {
        let Some((_, behind)) = tokens.name_at(at).filter(|(other, _)| other == name) else { continue };
        let relation = ["<", ">", "≤", "≥", "≠", ","].iter().any(|symbol| tokens.is(behind, symbol));
        let ends = behind == tokens.all.len() || matches!(tokens.name(behind), Some("where" | "given"));
        if at >= clause && (relation || ends) {
            continue;
        }
        match tokens.is(behind, "(") && (tokens.latex || tokens.glued(behind)) {
            true if tokens.is_list_of_letters(behind) => lists = true,
            true => others = true,
            false => alone = true,
        }
    }
    match (is_latin_letter(&name.base) && !alone, others) {
        (true, true) => Spoken::Either,
        (true, false) if lists => Spoken::Function,
        _ => Spoken::Number,
    }
}

/// Can this stand below a letter as its index?
pub(super) fn is_index(below: &str) -> bool {
    let below = below.trim_start_matches('{').trim_end_matches('}');
    below.bytes().all(|b| b.is_ascii_digit()) || is_latin_letter(below)
}

/// The index of the comma, or of the word, that ends this part of a clause.
fn clause_part_end(tokens: Tokens, start: usize) -> usize {
    let mut at = start;
    while at < tokens.all.len() && !tokens.is(at, ",") && !matches!(tokens.name(at), Some("given" | "where")) {
        at = tokens.partners[at].max(at) + 1;
    }
    at
}
