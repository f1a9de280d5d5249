//! Proofs of answers as files that Coq checks.

use super::{Answer, Error, Session, Verdict, guarded};

const HELP: &str = "the verdict stands; `--save FILE` writes the proof for `stein verify`";

impl Session {
    /// The proofs of an answer as a file for Coq, a section for each link.
    ///
    /// # Errors
    /// There is no derivation, or a step of it has no counterpart there.
    pub fn coq(&self, answer: &Answer) -> Result<String, Error> {
        guarded(|| {
            let certifier = self.certifier();
            let mut sections = vec![];
            for link in &answer.links {
                let nothing =
                    || Error::input("there is no proof to write for Coq", Some("only what is proved can be written"));
                let proved = link.derivation.as_ref().filter(|_| link.verdict <= Verdict::Conditional);
                for part in proved.ok_or_else(nothing)?.accepted() {
                    let certified = certifier.certify(&part.proof, &part.hypotheses, self.options.seed);
                    let unable =
                        |why: String| Error::input(format!("the proof cannot be written for Coq: {why}"), Some(HELP));
                    let certificate = certified.map_err(|gap| unable(gap.to_string()))?;
                    let name = format!("proof_{}", sections.len() + 1);
                    let exported = stein_coq::export(certifier.library(), &certificate.proof, &name, &answer.statement);
                    sections.push(exported.map_err(|gap| unable(gap.to_string()))?.text);
                }
            }
            Ok(stein_coq::file(&sections))
        })
    }
}
