internal import Glibc

/// One job, one process, one sandbox.
///
/// It reads one line of JSON (`Model.Job`) from standard input, locks itself in, does the job and tells about
/// it in lines of JSON on standard output: `hello`, `progress`, and last `done` or `refused`. It ends with 0
/// after one of these, with 2 when it was called wrongly, and with 1 when it came to grief.
@main
struct FlipWorker {
    static func main() { exit(run(Array(CommandLine.arguments.dropFirst()))) }
}
