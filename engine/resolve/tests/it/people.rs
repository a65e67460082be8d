//! Who is one person and who is kin, on sets too small to learn from: the defaults must be sane.

use crate::world::{check, context, families, mention, mentions, pairs, run};
use resolve::explain::{CannotLink, explain};

#[test]
fn the_same_person_with_the_usual_slips() {
    check(
        &[
            "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02;doc=SV-DUI:041234567",
            "ANA/QUINTANILLA BARAHONA;born=1991-04-02",
            "ANA LUCIA/BARAHONA QUINTANILLA;born=1991-02-04;doc=SV-DUI:041234567",
            "QUINTANILLA/ANA LUCIA;born=1991-04-02;doc=SV-DUI:041234576",
            "PEDRO/LARIOS MEJIA;born=1970-01-09",
        ],
        &[0, 0, 0, 0, 1],
    );
}

#[test]
fn a_name_with_one_wrong_letter_is_looked_at_and_two_are_not() {
    let looked_at = |other: &str| run(&mentions(&["XIOMARA/TZUNUX", other]), &[]).unwrap().pairs_scored;
    for other in ["XIOMARA/KZUNUX", "XIOMARA/ZUNUX", "XIOMARA/TZUNKUX"] {
        assert_eq!(looked_at(other), 1, "{other}");
    }
    assert_eq!(looked_at("XIOMARA/KZUNAX"), 0);
}

#[test]
fn siblings_with_one_telephone_and_town_stay_apart() {
    check(
        &[
            "CARLOS ERNESTO/QUINTANILLA BARAHONA;born=1988-05-17;tel=+50371112233;town=APOPA",
            "JORGE ALBERTO/QUINTANILLA BARAHONA;born=1991-09-02;tel=+50371112233;town=APOPA",
            "MARTA ELENA/QUINTANILLA BARAHONA;tel=+50371112233;town=APOPA",
        ],
        &[0, 1, 2],
    );
}

#[test]
fn parent_and_child_of_one_name_stay_apart() {
    check(
        &[
            "JOSE ROLANDO/ZELEDON PALMA;born=1955-11-23;sex=M;tel=+50371112233;town=APOPA",
            "JOSE ROLANDO/ZELEDON MONGE;born=1984-02-06;sex=M;tel=+50371112233;town=APOPA",
        ],
        &[0, 1],
    );
}

#[test]
fn a_shared_or_reassigned_telephone_merges_nobody() {
    let found = run(
        &mentions(&[
            "CARLOS/LARIOS MEJIA;tel=+50371112233;town=APOPA",
            "MARTA/ZELEDON PALMA;tel=+50371112233;town=APOPA",
            ";tel=+50371112233;town=APOPA",
        ]),
        &[],
    )
    .unwrap();
    assert_eq!(found.clusters, 3);
}

#[test]
fn documents_that_exclude_each_other_are_a_cannot_link() {
    let people = mentions(&[
        "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02;doc=SV-DUI:041234567",
        "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02;doc=SV-DUI:998761029",
        "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02",
    ]);
    if !normalise::document::conflict("SV-DUI:041234567", "SV-DUI:998761029") {
        panic!("the normaliser holds two different DUI for compatible");
    }
    let found = run(&people, &[]).unwrap();
    assert_ne!(found.cluster[0], found.cluster[1], "not even through the third");
    assert_eq!(explain(&people, 0, 1, &found.model).constraint, Some(CannotLink::Documents));
    assert_eq!(explain(&people, 0, 2, &found.model).constraint, None);
}

#[test]
fn the_waterfall_sums_to_the_weight_that_decided() {
    let (people, _) = families(40, 3);
    let found = run(&people, &[]).unwrap();
    assert!(found.pairs.len() > 50);
    let explainer = resolve::explain::Explainer::new(&people, &found.model, None);
    for pair in found.pairs.iter().step_by(7) {
        let why = explainer.explain(pair.a as usize, pair.b as usize);
        let sum = why.prior_bits + why.fields.iter().map(|f| f.bits).sum::<f64>();
        assert!((sum - why.total_bits).abs() < 1e-6, "{why:#?}");
        assert!((why.total_bits - pair.weight_bits).abs() < 1e-6, "{why:#?} {pair:?}");
    }
}

#[test]
fn quality_without_labels() {
    for seed in [1, 2, 3] {
        let (people, truth) = families(250, seed);
        let found = run(&people, &[]).unwrap();
        let (both, said, are) = pairs(&found.cluster, &truth);
        let (precision, recall) = (both as f64 / said as f64, both as f64 / are as f64);
        assert!(precision > 0.98 && recall > 0.93, "seed {seed}: precision {precision} recall {recall}");
    }
}

#[test]
fn kin_and_bridges_are_told_and_not_joined() {
    let found = run(
        &mentions(&[
            "CARLOS ERNESTO/QUINTANILLA BARAHONA;born=1988-05-17;tel=+50371112233;town=APOPA",
            "JORGE ALBERTO/QUINTANILLA BARAHONA;born=1991-09-02;tel=+50371112233;town=APOPA",
            "ANA LUCIA/LARIOS MEJIA;born=1991-04-02;doc=SV-DUI:041234567",
            "ANA LUCIA/LARIOS MEJIA;born=1991-04-02;doc=SV-DUI:998761029",
            "ANA LUCIA/LARIOS MEJIA;born=1991-04-02",
        ]),
        &[],
    )
    .unwrap();
    assert!(found.kin.iter().any(|k| (k.a, k.b) == (0, 1) && k.probability > 0.5), "{:?}", found.kin);
    assert!(found.kin.iter().all(|k| found.cluster[k.a as usize] != found.cluster[k.b as usize]));
    let bridges: Vec<_> = found.bridges.iter().map(|x| (x.a, x.b, x.by)).collect();
    assert_eq!(bridges, [(2, 3, 4)]);
}

#[test]
fn a_short_name_is_no_bridge_between_two_full_ones() {
    let (mut people, _) = families(250, 1);
    let first = people.len();
    let short = ["SHERLETTE/EBANKS;town=APOPA"; 6];
    let full = ["SHERLETTE/EBANKS CACERES;town=APOPA", "SHERLETTE XIOMARA/EBANKS ORELLANA;town=APOPA"];
    people.extend((9_001..).zip(short.iter().chain(&full)).map(|(row, line)| mention(row, line)));
    let cluster = run(&people, &[]).unwrap().cluster.split_off(first);
    assert!(cluster[..6].iter().all(|c| *c == cluster[0]), "{cluster:?}");
    assert_ne!(cluster[6], cluster[7], "{cluster:?}");
}

#[test]
fn a_row_that_fits_two_homonyms_of_one_home_joins_neither() {
    let (mut people, _) = families(250, 1);
    let first = people.len();
    let name = "HERIBERTO ANASTASIO/ZALDIVAR QUEZADA";
    let brothers = ["041234567", "059876543"].map(|digits| {
        let document = format!("{name};town=APOPA;doc=SV-DUI:{digits}");
        [format!("{document};tel=+5037{digits}"), document]
    });
    let unsaid = format!("{name};town=APOPA");
    let called = format!("{unsaid};tel=+5037059876543");
    let lines = brothers.iter().flatten().chain([&unsaid, &called]);
    people.extend((9_001..).zip(lines).map(|(row, line)| mention(row, line)));
    let cluster = run(&people, &[]).unwrap().cluster.split_off(first);
    let [one, other] = [cluster[0], cluster[2]];
    assert!(one != other && cluster[..4] == [one, one, other, other], "{cluster:?}");
    assert!(cluster[4] != one && cluster[4] != other, "{cluster:?}");
    assert_eq!(cluster[5], other, "a telephone tells them apart: {cluster:?}");
}

#[test]
fn a_cluster_is_taken_apart_without_the_rest() {
    use resolve::cluster::{ClusterConfig, Weigher, regroup};
    use resolve::column::Columns;
    let people = mentions(&[
        "ANA LUCIA/LARIOS MEJIA;born=1991-04-02;doc=SV-DUI:041234567",
        "ANA LUCIA/LARIOS MEJIA;born=1991-04-02;town=APOPA",
        "ANA LUCIA/LARIOS;born=1991-04-02;doc=SV-DUI:041234567",
    ]);
    let found = run(&people, &[]).unwrap();
    assert_eq!(found.cluster, [0, 0, 0]);
    let columns = Columns::new(&people.iter().collect::<Vec<_>>());
    let weigher = Weigher::new(&columns, &found.model);
    let config = ClusterConfig { threshold_bits: 0.0, absent_bits: -5.0, most_bits: 20.0 };
    let anew = |cannot: &[(u32, u32)]| regroup(&[0, 1, 2], &[1; 3], &weigher, &[], cannot, &config).unwrap();
    assert_eq!(anew(&[]), [0, 0, 0]);
    assert_eq!(anew(&[(1, 0), (1, 2)]), [0, 1, 0]);
}

#[test]
fn rows_of_one_person_under_an_account_and_a_telephone_are_no_kin() {
    use resolve::collective::resolve_collectively;
    let (mut people, mut truth) = (Vec::new(), Vec::new());
    let syllables = ["BAR", "QUIN", "TOL", "ME", "SAN", "RU", "VIL", "CAS"];
    for person in 0..96u32 {
        let syllable = |of: u32| syllables[(of % 8) as usize];
        let surname = |of: u32| format!("{}{}EZ", syllable(of), syllable(of / 8));
        let given = ["ANA", "MARTA", "IRMA", "CARLOS", "PABLO", "OSCAR"][(person % 6) as usize];
        let name = format!("{given}/{} {}", surname(person * 7), surname(person * 5 + 3));
        let short = format!("{given}/{}", surname(person * 7));
        let (account, telephone) =
            (format!("acct=SV{:020}", 7919 * person), format!("tel=+5037{:07}", 7919 * person));
        let stated = format!("doc=SV-DUI:{:09};town=APOPA", 104_729 * (person + 1));
        let mut rows = vec![format!("{name};{stated};{telephone}"), format!("{name};{stated};{account}")];
        for row in 0..24 {
            let name = if row % 4 == 0 { &short } else { &name };
            rows.push(format!("{name};{account}"));
            rows.push(format!("{name};{telephone}"));
        }
        for row in rows {
            people.push(mention(people.len() as u32 + 2, &row));
            truth.push(person);
        }
    }
    let all: Vec<_> = people.iter().collect();
    let config = resolve::run::ResolveConfig::default();
    let (found, model) = context(|c| resolve_collectively(&all, &[], &config, None, c)).unwrap();
    let (both, said, are) = pairs(&found.cluster, &truth);
    let (precision, recall) = (both as f64 / said as f64, both as f64 / are as f64);
    assert!(precision > 0.999 && recall > 0.99, "{precision} {recall} {:#?}", model.fitted.to_rows());
}
