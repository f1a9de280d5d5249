//! A report of tests in the format of JUnit: a suite for each file, a case for each statement.

use super::Listed;
use crate::document::{Finding, Level};
use crate::session::Error;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

pub fn report(all: &[Listed]) -> Result<String, Error> {
    let mut report = Report::new("stein");
    for listed in all {
        let mut suite = TestSuite::new(listed.file.as_str());
        match &listed.found {
            Ok(found) => suite.add_test_cases(found.iter().map(|finding| case(&listed.file, finding))),
            Err(error) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(error.to_string()).set_type(error.code().number());
                suite.add_test_case(TestCase::new(listed.file.as_str(), status))
            }
        };
        report.add_test_suite(suite);
    }
    let unable =
        |error: quick_junit::SerializeError| Error::input(format!("no report could be written: {error}"), None);
    report.to_string().map_err(unable)
}

fn case(file: &str, finding: &Finding) -> TestCase {
    let mut status = match finding.level {
        Level::Good => TestCaseStatus::success(),
        // It holds, under a condition that the report tells.
        Level::Note if finding.kind == "conditional" => TestCaseStatus::success(),
        Level::Note => TestCaseStatus::skipped(),
        Level::Warning => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Level::Error if finding.kind.starts_with('E') => TestCaseStatus::non_success(NonSuccessKind::Error),
        Level::Error => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_message(finding.title.as_str());
    if matches!(status, TestCaseStatus::NonSuccess { .. }) {
        status.set_type(finding.kind).set_description(finding.message());
    }
    let place = finding.place;
    let cell = place.cell.map_or(String::new(), |cell| format!("cell {cell}:"));
    let mut case = TestCase::new(format!("{cell}{}: {}", place.line, shortened(&finding.statement)), status);
    case.set_classname(file);
    if finding.kind == "conditional" {
        case.set_system_out(finding.message());
    }
    case
}

/// A name that fits where tests are listed.
fn shortened(statement: &str) -> String {
    const LONGEST: usize = 200;
    match statement.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &statement[..end]),
        None => statement.into(),
    }
}
