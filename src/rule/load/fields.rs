//! The fields of an entry by key, and what is said where one is wrong.

use super::Problem;
use crate::syntax::{Code, Condition as Written, Entry, Expr, Field, Name, Span, Value};
use crate::term::{Domain, Var};

/// The fields of an entry by key.
pub struct Fields<'e>(pub &'e Entry);

impl<'e> Fields<'e> {
    pub fn all(&self, key: &'static str) -> impl Iterator<Item = &'e Field> {
        self.0.fields.iter().filter(move |field| field.key == key)
    }

    pub fn expr(&self, key: &'static str) -> Option<&'e Expr> {
        self.all(key).find_map(|field| if let Value::Expr(e) = &field.value { Some(e) } else { None })
    }

    pub fn text(&self, key: &'static str) -> String {
        let text =
            self.all(key).find_map(|field| if let Value::Text(t) = &field.value { Some(t.clone()) } else { None });
        text.unwrap_or_default()
    }

    pub fn word(&self, key: &'static str) -> Option<(&'e str, Span)> {
        self.all(key).find_map(|f| if let Value::Word(w) = &f.value { Some((w.as_str(), f.span)) } else { None })
    }

    pub fn equations(&self, key: &'static str) -> impl Iterator<Item = (&'e Expr, &'e Expr)> {
        self.all(key).filter_map(|f| if let Value::Equation(l, r) = &f.value { Some((l, r)) } else { None })
    }

    pub fn conditions(&self, key: &'static str) -> impl Iterator<Item = (&'e Written, Span)> {
        self.all(key).filter_map(|f| if let Value::Condition(c) = &f.value { Some((c, f.span)) } else { None })
    }
}

pub fn problem<T>(span: Span, message: impl Into<String>, help: Option<&str>) -> Result<T, Problem> {
    Err(Problem { code: Code::Rule, message: message.into(), span, help: help.map(Into::into) })
}

pub fn variable(name: &Name) -> Var {
    let text = name.subscript.as_ref().map_or_else(|| name.base.clone(), |s| format!("{}_{s}", name.base));
    Var::free(&text, Domain::Real)
}
