internal import Glibc
internal import Model
internal import Platform
internal import Transcode

/// How the process ends.
enum Ending {
    static let well: Int32 = 0
    static let badly: Int32 = 1
    static let calledWrongly: Int32 = 2
}

func run(_ arguments: [String]) -> Int32 {
    switch arguments {
    case []: return work()
    case ["--check"]: return check()
    case ["--version"]: return tell("flip-worker \(flipVersion)\n")
    case ["--help"]: return tell(help)
    default:
        complain("flip-worker: unknown option \(arguments.joined(separator: " ")); see flip-worker --help")
        return Ending.calledWrongly
    }
}

private let help = """
    flip-worker: does one job for flipd, which starts it; nobody else needs to.

    It reads one line of JSON from standard input and answers in lines of JSON.
      --check     say what it can do here; ends with 0 if that is enough
      --version   say its version
      --help      say this

    """

private func work() -> Int32 {
    let job: Job
    do throws(Misunderstanding) {
        job = try readJob()
    } catch {
        complain("flip-worker: \(error.sentence)")
        return Ending.calledWrongly
    }
    do {
        // The libraries first: they read files of their own, which the sandbox forbids.
        try prepare(for: job.original)
        hushLibraries()
        let madeWith = versions(for: job.kind).merging(["flipd": flipVersion, "recipe": recipeName(of: job)]) {
            $1
        }
        let lacks = try lockIn(for: job)
        report(.hello(protocol: Job.currentProtocol, madeWith: madeWith, lacks: lacks))
        let (media, files) =
            switch job.kind {
            case .preview: try preview(job: job, report: report)
            case .transcode: try transcode(job: job, report: report)
            }
        report(.done(media: media, files: files))
        return Ending.well
    } catch let refusal as Refusal {
        return end(with: refusal)
    } catch let error as Errno {
        // The machine's doing, not the file's: the asset waits.
        complain("flip-worker: \(error)")
        return end(with: Refusal(.ioError))
    } catch {
        complain("flip-worker: \(error)")
        return Ending.badly
    }
}

/// How renditions are made; another recipe gets another name.
private func recipeName(of job: Job) -> String {
    switch job.kind {
    // Posters and thumbs, and all of a photo.
    case .preview: "stills-1"
    case .transcode: EncoderRecipe(preset: job.recipe.preset).name
    }
}

/// A refusal is a job well done, unless it is this process that came to grief.
private func end(with refusal: Refusal) -> Int32 {
    switch refusal.problem.class {
    case .content, .environment:
        report(.refused(refusal))
        return Ending.well
    case .accident:
        complain("flip-worker: \(refusal.detail ?? refusal.text)")
        return Ending.badly
    }
}

/// Missing files are the machine's doing: flipd named them a moment ago.
private func lockIn(for job: Job) throws -> [String] {
    var original = stat()
    let name = job.original.bytes.map { CChar(bitPattern: $0) } + [0]
    guard stat(name, &original) == 0 else { throw Refusal(errno == EACCES ? .unreadable : .ioError) }
    // Newer codecs need half of what H.264 does. What grows beyond this is a trap for the disk.
    let file_bytes = min(Int64(original.st_size), 1 << 50) * 4 + (1 << 30)
    return try Sandbox.lockIn(
        original: job.original, staging: job.staging, memory_bytes: job.memory_bytes, file_bytes: file_bytes)
}

private func check() -> Int32 {
    do {
        try prepare()
    } catch {
        complain("flip-worker: \(error.text)")
        return Ending.badly
    }
    let tools = equipment()
    var lines = tools.map { "\($0.name): \($0.isThere ? "yes" : "no")" }
    let versions = versions(for: .preview).merging(versions(for: .transcode)) { $1 }
    lines += versions.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    lines += Sandbox.support().map { "\($0.name): \($0.offers ?? "no")" }
    _ = tell(lines.joined(separator: "\n") + "\n")
    return tools.allSatisfy(\.isThere) ? Ending.well : Ending.badly
}
