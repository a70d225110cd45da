//! The fuzzer that `cargo xtask fuzz` runs: any number of random documents for the decoder and its reference.
//!
//! Each round has a seed of its own, so a failure can be reproduced from that seed.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../differential/mod.rs"]
mod differential;

use differential::runner::{DOCUMENTS_OF_A_ROUND, Tally, round};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The options of a run.
struct FuzzOptions {
    rounds: u64,
    seed: u64,
    time: Duration,
}

/// The progress of all threads.
#[derive(Default)]
struct Progress {
    tally: Tally,
    reported_at: Duration,
    disagreement: Option<(u64, String)>,
}

fn main() -> ExitCode {
    let options = match parse_options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("fuzz: {message}");
            return ExitCode::FAILURE;
        }
    };
    // A panic is reported as a disagreement, so the hook prints nothing.
    std::panic::set_hook(Box::new(|_| {}));
    println!("seed {}", options.seed);
    let start = Instant::now();
    let progress = Mutex::new(Progress::default());
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&options, start, &next, &progress));
        }
    });
    let Progress { tally, disagreement, .. } = progress.into_inner().unwrap();
    let Some((seed, message)) = disagreement else {
        println!("{}: all agree", line(&tally, start.elapsed()));
        return ExitCode::SUCCESS;
    };
    println!("\n{message}\n");
    println!(
        "{}: a disagreement. Reproduce it with `cargo xtask fuzz --seed {seed} --documents {DOCUMENTS_OF_A_ROUND}`",
        line(&tally, start.elapsed())
    );
    ExitCode::FAILURE
}

/// Runs rounds until all are done, the time is up, or one fails.
fn work(options: &FuzzOptions, start: Instant, next: &AtomicU64, progress: &Mutex<Progress>) {
    const PAUSE: Duration = Duration::from_secs(5);
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= options.rounds || start.elapsed() > options.time {
            return;
        }
        let seed = options.seed.wrapping_add(index);
        let outcome = round(seed, usize::MAX);
        let mut progress = progress.lock().unwrap();
        match outcome {
            Ok(tally) => progress.tally.add(tally),
            Err(message) => {
                progress.disagreement.get_or_insert((seed, message));
            }
        }
        if progress.disagreement.is_some() {
            return;
        }
        let time = start.elapsed();
        if time - progress.reported_at > PAUSE {
            progress.reported_at = time;
            println!("  {}", line(&progress.tally, time));
        }
    }
}

fn line(tally: &Tally, time: Duration) -> String {
    let Tally { documents, bytes, accepted, illegal, misshapen, .. } = tally;
    let megabytes = bytes / 1_000_000;
    let seconds = time.as_secs_f64();
    format!(
        "{documents} documents ({megabytes} MB) in {seconds:.1} s, {accepted} accepted, {illegal} illegal, {misshapen} of another shape"
    )
}

/// Parses `--documents`, `--seed` and `--minutes`, each followed by a number.
fn parse_options(mut args: impl Iterator<Item = String>) -> Result<FuzzOptions, String> {
    let (mut documents, mut seed, mut minutes) = (None, None, None);
    while let Some(name) = args.next() {
        let number = args.next().and_then(|value| value.parse::<u64>().ok());
        let number = number.ok_or_else(|| format!("{name} requires a whole number"))?;
        match name.as_str() {
            "--documents" => documents = Some(number),
            "--seed" => seed = Some(number),
            "--minutes" => minutes = Some(number),
            other => return Err(format!("unknown option {other}")),
        }
    }
    let by_clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
    // With a time limit and no number, the number is unlimited.
    let documents = documents.unwrap_or(if minutes.is_some() { u64::MAX } else { 1_000_000 });
    Ok(FuzzOptions {
        rounds: documents.div_ceil(DOCUMENTS_OF_A_ROUND as u64),
        seed: seed.unwrap_or_else(by_clock),
        time: minutes.map_or(Duration::MAX, |minutes| Duration::from_secs(minutes.saturating_mul(60))),
    })
}
