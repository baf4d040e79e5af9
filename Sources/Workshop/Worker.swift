// One worker process and its one job: started, listened to, watched for stalls, ended by steps.
package import Model
package import Platform

/// How a job ended.
package enum Verdict: Sendable {
    case done(media: Media, files: [MadeFile], madeWith: [String: String])
    case refused(Refusal)
    /// The worker crashed, ran out of memory, or made no progress.
    case accident(Refusal)
    /// It could not be started, or somebody outside ended it.
    case fault(Refusal)
    /// We ended it because we are ending.
    case interrupted
}

@Loop
package final class Worker {
    package struct Progress: Sendable {
        package var stage: JobStage
        package var fraction: Double
        package var eta_s: Double?
    }

    package let job: Job
    package private(set) var progress: Progress
    /// What the kernel could not give for its sandbox.
    package private(set) var lacks: [String] = []

    /// From its start to its first word: the price of a process of its own.
    package private(set) var firstWord_s: Double?

    private let startedAt = Clock.monotonic_s()
    private let child: Child
    private let output: Descriptor
    private let stall_s: Double
    private let onProgress: @Loop (Worker) -> Void
    private let onEnd: @Loop (Worker, Verdict, Child.Ending?) -> Void

    private var outputSource: EventSource?
    private var endSource: EventSource?
    private var stallTimer: EventSource?
    private var killTimer: EventSource?
    private var unread: [UInt8] = []
    private var heard_bytes = 0
    private var madeWith: [String: String] = [:]
    private var answer: Verdict?
    private var endedBecause: Verdict?

    package init(
        _ job: Job, program: Path, launch: [String], stall_s: Double,
        onProgress: @escaping @Loop (Worker) -> Void,
        onEnd: @escaping @Loop (Worker, Verdict, Child.Ending?) -> Void
    ) throws {
        self.job = job
        self.stall_s = stall_s
        self.onProgress = onProgress
        self.onEnd = onEnd
        progress = Progress(stage: job.kind == .preview ? .preview : .transcode, fraction: 0, eta_s: nil)

        var input = try Pipe()
        var answers = try Pipe()
        let command = launch + [program.text]
        let theirInput = input.reading.take()!  // Taken once, because the pipe is new.
        let theirOutput = answers.writing.take()!  // Likewise.
        output = answers.reading.take()!  // Likewise.
        try output.setNonBlocking()
        let line = try JSON.encode(job) + [UInt8(ascii: "\n")]
        // From here on nothing may fail, or a child would be left that nobody waits for.
        child = try Child.start(
            Path(command[0]), arguments: Array(command.dropFirst()), environment: Self.environment,
            input: theirInput, output: theirOutput, errors: 2)
        // Its libraries alone take longer to load than a small file to be taken in; the worker says so itself later.
        child.beIdle()
        // A line fits into the pipe's buffer, so that this cannot block. One who does not read it will end and say so.
        try? Files.write(line, to: input.writing.take()!)  // Taken once, because the pipe is new.
        listen()
    }

    /// Nothing of ours leaks into the worker, and libraries find no surprise.
    private static let environment = [
        "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent", "VIPS_WARNING=0",
    ]

    /// Ends the worker because flipd ends.
    package func interrupt() { end(.interrupted) }

    // MARK: Listening

    private func listen() {
        outputSource = EventSource.descriptor(output.raw) { [weak self] in self?.hear() }
        endSource = EventSource.descriptor(child.pidfd.raw) { [weak self] in self?.ended() }
        progressed()
    }

    /// One portion at a time: a worker that writes without end must not keep the loop from everything else.
    private func hear() {
        guard let bytes = try? output.readSome() else {
            // The end of its output; how it ended comes with its process.
            return outputSource = nil
        }
        unread += bytes
        heard_bytes += bytes.count
        takeLines()
        if unread.count > Limits.workerLine_bytes || heard_bytes > Limits.workerOutput_bytes {
            end(.accident(Refusal(.crashed, "The worker wrote without end.")))
        }
    }

    private func takeLines() {
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
            if let line = try? JSON.decode(WorkerLine.self, from: unread[..<end]) { heard(line) }
            unread.removeSubrange(...end)
        }
    }

    private func heard(_ line: WorkerLine) {
        switch line {
        case .hello(_, let madeWith, let lacks):
            firstWord_s = Clock.monotonic_s() - startedAt
            self.madeWith = madeWith
            self.lacks = lacks
            progressed()
        case .progress(let stage, let fraction, let eta_s):
            // A stall is no progress, however many lines say so.
            if stage != progress.stage || fraction > progress.fraction { progressed() }
            progress = Progress(stage: stage, fraction: min(max(fraction, 0), 1), eta_s: eta_s)
            onProgress(self)
        case .done(let media, let files):
            answer = .done(media: media, files: files, madeWith: madeWith)
        case .refused(let refusal):
            switch refusal.problem.class {
            case .content: answer = .refused(refusal)
            case .accident: answer = .accident(refusal)
            case .environment: answer = .fault(refusal)
            }
        }
    }

    // MARK: Stalls and ends

    private func progressed() {
        stallTimer = EventSource.timer(after_s: stall_s) { [weak self] in
            guard let self else { return }
            end(.accident(Refusal(.stalled, "Nothing happened for \(Int(stall_s)) seconds.")))
        }
    }

    /// Asks it to end, and kills it if it does not.
    private func end(_ reason: Verdict) {
        if endedBecause != nil { return }
        endedBecause = reason
        stallTimer = nil
        child.terminate()
        killTimer = EventSource.timer(after_s: Limits.workerGrace_s) { [weak self] in self?.child.kill() }
    }

    private func ended() {
        // What it said last may still be in the pipe, which holds no more than this.
        for _ in 0..<Limits.pipePortions where outputSource != nil { hear() }
        (outputSource, endSource, stallTimer, killTimer) = (nil, nil, nil, nil)
        // Whatever it started, a launcher's children included, ends with it. Before the wait, because afterwards its
        // number may be another's.
        child.kill()
        let ending = try? child.wait()
        onEnd(self, verdict(ending), ending)
    }

    private func verdict(_ ending: Child.Ending?) -> Verdict {
        if let answer, endedBecause == nil { return answer }
        if let endedBecause { return endedBecause }
        switch ending?.how {
        case .killed(let signal) where Signals.areFromOutside.contains(signal):
            return .fault(Refusal(.crashed, "Somebody ended the worker (signal \(signal))."))
        case .killed(let signal):
            return .accident(Refusal(.crashed, "The worker was ended by signal \(signal)."))
        case .exited(let code) where code == Self.wrongProtocol:
            return .fault(Refusal(.crashed, "flip-worker is of another version than flipd; install both anew."))
        case .exited(let code):
            return .accident(Refusal(.crashed, "The worker ended with code \(code) and no answer."))
        case nil:
            return .accident(Refusal(.crashed, "The worker disappeared."))
        }
    }

    /// What flip-worker exits with when it does not understand its job.
    private static let wrongProtocol: Int32 = 2
}
