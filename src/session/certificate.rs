//! Proofs that are kept in a file, and files that are checked again.

use super::{Derivation, Session};
use crate::certify::{Certificate, Certifier, Gap};

impl Session {
    /// The proof behind a derivation, as the kernel crate accepts it.
    ///
    /// # Errors
    /// Says which step has no counterpart there.
    pub fn certify(&self, derivation: &Derivation) -> Result<Certificate, Gap> {
        let certifier = Certifier::new(&self.library);
        certifier.certify(&derivation.proof, &derivation.hypotheses, self.options.seed)
    }
}
