fn main() {
    use std::io::BufRead;
    let session = stein::Session::new().unwrap();
    let certifier = stein::certify::Certifier::new(session.library());
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let cols: Vec<&str> = line.split('\t').collect();
        if cols.len() < 3 || cols[1] == "false" { continue; }
        let Ok(answer) = session.prove(cols[2]) else { continue };
        for link in &answer.links {
            if let Some(d) = &link.derivation {
                let t = std::time::Instant::now();
                match certifier.certify(&d.proof, &d.hypotheses, 7) {
                    Ok(c) => { for n in &c.checked.needs { println!("  NEED {}", n.show(&c.checked.table)); } println!("OK   {} steps {} needs {} conv {} {:?} {}", cols[0], c.proof.steps.len(), c.checked.needs.len(), c.checked.conventions.len(), t.elapsed(), cols[2]); }
                    Err(gap) => println!("GAP  {} {:?} {} :: {}", cols[0], t.elapsed(), gap, cols[2]),
                }
            }
        }
    }
}
