//! The runs of suites: each in its own process, and some in the background.
//!
//! A process has a processor time that can be read, and output that is kept whole. Most suites wait: for rate limits, for
//! timeouts, for a browser. Those in the background compile, at a low priority: they take the time that the others leave.

use super::once::folder;
use super::suites::{Queue, SUITES, Suite};
use crate::test_output::Counts;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use xshell::Shell;

/// The result of a suite.
pub(super) struct SuiteResult {
    pub(super) suite: &'static Suite,
    pub(super) counts: Counts,
    pub(super) wall_time: Duration,
    /// The processor time of the suite's processes, where the system counts it.
    pub(super) processor_time: Option<Duration>,
}

/// A file of a suite's run.
fn file(suite: &Suite, extension: &str) -> PathBuf {
    folder().join(format!("{}.{extension}", suite.name))
}

/// Runs suites: those that compile in the background if there are others. `prepare` runs before the others.
pub(super) fn all(
    sh: &Shell,
    suites: &[&'static Suite],
    prepare: impl FnOnce() -> Result<()>,
) -> Result<Vec<SuiteResult>> {
    sh.remove_path(folder())?;
    sh.create_dir(folder())?;
    let (background, foreground): (Vec<_>, Vec<_>) =
        suites.iter().copied().partition(|suite| suite.queue == Queue::Background);
    if background.is_empty() || foreground.is_empty() {
        prepare()?;
        return suites.iter().map(|suite| in_foreground(suite)).collect();
    }
    let is_cancelled = AtomicBool::new(false);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| in_background(&background, sender, &is_cancelled));
        let results = in_foreground_beside(&foreground, &receiver, prepare);
        is_cancelled.store(results.is_err(), Ordering::Relaxed);
        let mut results = results.inspect_err(|_| println!("\nwaiting for the suite in the background …"))?;
        for result in receiver {
            results.push(print_output(result?)?);
        }
        results.sort_by_key(|result| SUITES.iter().position(|suite| suite.name == result.suite.name));
        Ok(results)
    })
}

/// Prepares and runs suites, and prints the output of suites in the background between them.
fn in_foreground_beside(
    suites: &[&'static Suite],
    background: &Receiver<Result<SuiteResult>>,
    prepare: impl FnOnce() -> Result<()>,
) -> Result<Vec<SuiteResult>> {
    prepare()?;
    let mut results = Vec::new();
    for suite in suites {
        results.push(in_foreground(suite)?);
        for result in background.try_iter() {
            results.push(print_output(result?)?);
        }
    }
    Ok(results)
}

/// Runs suites one after the other until one cannot be run or the run is cancelled.
fn in_background(suites: &[&'static Suite], results: Sender<Result<SuiteResult>>, is_cancelled: &AtomicBool) {
    for suite in suites {
        if is_cancelled.load(Ordering::Relaxed) {
            return;
        }
        let result = start(suite, true).and_then(|command| run(suite, command));
        let is_over = result.is_err();
        // The receiver is gone when the run is cancelled.
        if results.send(result).is_err() || is_over {
            return;
        }
    }
}

fn in_foreground(suite: &'static Suite) -> Result<SuiteResult> {
    print_title(suite);
    run(suite, start(suite, false)?)
}

fn print_title(suite: &Suite) {
    println!("\n━━ {}: {}", suite.name, suite.about);
}

/// Prints the output of a suite that has run in the background.
fn print_output(result: SuiteResult) -> Result<SuiteResult> {
    print_title(result.suite);
    let mut output = Vec::new();
    let path = file(result.suite, "txt");
    let mut log = File::open(&path).with_context(|| format!("{} could not be read", path.display()))?;
    log.read_to_end(&mut output)?;
    println!("{}", String::from_utf8_lossy(&output).trim_end());
    Ok(result)
}

/// The command of a suite's process. One in the background writes its output into a file.
fn start(suite: &Suite, is_background: bool) -> Result<Command> {
    let program = std::env::current_exe()?;
    let mut command = if is_background && cfg!(unix) {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(["suite", suite.name]).stdin(Stdio::null());
    if is_background {
        let path = file(suite, "txt");
        let log = File::create(&path).with_context(|| format!("{} could not be written", path.display()))?;
        command.stdout(log.try_clone()?).stderr(log);
    }
    Ok(command)
}

/// Runs a suite's process, and reads its result.
fn run(suite: &'static Suite, mut command: Command) -> Result<SuiteResult> {
    let path = file(suite, "json");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("the suite {} could not be started", suite.name))?;
    let wall_time = start.elapsed();
    let result = std::fs::read_to_string(&path).ok().map(|text| serde_json::from_str::<Value>(&text)).transpose()?;
    let counts = match &result {
        Some(result) => Counts::from_json(result.get("counts").unwrap_or(&Value::Null))
            .with_context(|| format!("{} contains no counts", path.display()))?,
        None => Counts::failure(&format!("its process ended with {status}")),
    };
    let seconds = result.as_ref().and_then(|result| result.get("processor_seconds")?.as_f64());
    let processor_time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(SuiteResult { suite, counts, wall_time, processor_time })
}

/// Run one suite, and write its result for the process that started this one.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    name: String,
}

/// Runs a suite in this process, and writes its result.
pub(crate) fn suite(sh: &Shell, Arguments { name }: &Arguments) -> Result<()> {
    let suite = SUITES.iter().find(|suite| suite.name == name).with_context(|| format!("there is no suite {name}"))?;
    let mut counts = suite.run(sh).unwrap_or_else(|error| {
        let message = format!("{error:#}");
        println!("{message}");
        Counts::failure(message.lines().next().unwrap_or_default())
    });
    if counts == Counts::default() {
        counts = Counts::failure("it ran no test, which counts as a failure");
    }
    let seconds = processor_time_of_children().map(|time| time.as_secs_f64());
    let result = json!({ "counts": counts.to_json(), "processor_seconds": seconds });
    Ok(sh.write_file(file(suite, "json"), result.to_string())?)
}

/// The processor time of the processes that this process has started and that have ended, on systems that count it.
fn processor_time_of_children() -> Option<Duration> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let duration = |time: nix::sys::time::TimeVal| {
            let seconds = Duration::from_secs(u64::try_from(time.tv_sec()).ok()?);
            Some(seconds + Duration::from_micros(u64::try_from(time.tv_usec()).ok()?))
        };
        Some(duration(usage.user_time())? + duration(usage.system_time())?)
    }
    #[cfg(not(unix))]
    None
}
