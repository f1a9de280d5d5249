//! What estimators and functions are called.

use super::Estimator;

/// `f''` for the second derivative of f; `∂_1 f` for a partial one.
pub fn with_primes(name: &str, orders: &[u32]) -> String {
    match orders {
        [order @ 0..=3] => format!("{name}{}", "'".repeat(*order as usize)),
        [order] => format!("{name}^({order})"),
        several => {
            let partial = |(i, order): (usize, &u32)| format!("∂_{} ", i + 1).repeat(*order as usize);
            format!("{}{name}", several.iter().enumerate().map(partial).collect::<String>())
        }
    }
}

/// Estimators of one name get the letter of their variable behind it: "score function (x form)".
pub fn named_apart(estimators: &mut [Estimator]) {
    let names: Vec<String> = estimators.iter().map(|estimator| estimator.name.clone()).collect();
    for (index, estimator) in estimators.iter_mut().enumerate() {
        let alike = names.iter().filter(|name| **name == names[index]).count();
        if alike < 2 {
            continue;
        }
        let before = names[..index].iter().filter(|name| **name == names[index]).count();
        estimator.name = match first_letter(&estimator.estimator.unicode) {
            Some(letter) => format!("{} ({letter} form)", estimator.name),
            None => format!("{} ({})", estimator.name, before + 1),
        };
    }
    for index in 1..estimators.len() {
        let first = names[..index].iter().position(|name| *name == names[index]);
        let is_form = |i: &usize| estimators[*i].evaluations == estimators[index].evaluations;
        estimators[index].same_as = first.filter(is_form).map(|i| estimators[i].name.clone());
    }
    let mut seen: Vec<String> = Vec::new();
    for estimator in estimators {
        let taken = seen.iter().filter(|name| **name == estimator.name).count();
        seen.push(estimator.name.clone());
        if taken > 0 {
            estimator.name = format!("{} {}", estimator.name, taken + 1);
        }
    }
}

fn first_letter(mean: &str) -> Option<&str> {
    let letter = mean.strip_prefix("E_{")?.split([' ', ',']).next()?;
    Some(letter.split("_{1:").next().unwrap_or(letter))
}
