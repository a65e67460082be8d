//! Tests of `rhythm`: sums, and silences against a naive count.

use super::*;
use proptest::prelude::*;

fn beat(instant_us: i64) -> Beat {
    let hour = instant_us.rem_euclid(24) as u8;
    let day = instant_us.div_euclid(24) as i32;
    Beat { instant_us, hour, weekday: day.rem_euclid(7) as u8, day }
}

proptest! {
    #[test]
    fn counts_and_silences_are_those_of_a_naive_model(
        instants in proptest::collection::vec(-500i64..500, 0..60), most in 0usize..5,
    ) {
        let beats: Vec<Beat> = instants.iter().map(|&t| beat(t)).collect();
        let found = rhythm(&beats, most);
        prop_assert_eq!(found.hours.iter().flatten().sum::<u32>() as usize, beats.len());
        for (weekday, row) in found.hours.iter().enumerate() {
            for (hour, &count) in row.iter().enumerate() {
                let naive = beats.iter().filter(|b| usize::from(b.weekday) == weekday && usize::from(b.hour) == hour);
                prop_assert_eq!(naive.count() as u32, count);
            }
        }
        let mut sorted = instants.clone();
        sorted.sort_unstable();
        let mut waits: Vec<i64> = sorted.windows(2).map(|w| w[1] - w[0]).collect();
        waits.sort_unstable();
        let within = waits.iter().filter(|&&w| w <= found.usual_wait_us).count();
        prop_assert!(within * 100 >= waits.len() * 95);
        let longer = if waits.len() >= 20 { waits.len() - within } else { 0 };
        prop_assert_eq!(found.silences.len(), longer.min(most));
        let told: Vec<i64> = found.silences.iter().map(|s| s.to_us - s.from_us).collect();
        let longest: Vec<i64> = waits.iter().rev().take(told.len()).copied().collect();
        prop_assert_eq!(told, longest);
    }
}
