// All workers: how many at once, on what, and what they may use.
package import Model
package import Platform

@Loop
package final class Workshop {
    package struct Rules: Sendable {
        /// Transcodes at once; a preview has a slot of its own.
        package var jobs: Int
        /// Photos at once, each on one processor.
        package var photos: Int
        /// 0 lets the worker decide by the machine.
        package var threads: Int
        package var stall_s: Double
        package var memory_bytes: Int64
        /// Words before the worker's program, for example `srun -c 8`.
        package var launch: [String]
        package var recipe: Recipe
        package var photoRecipe: PhotoRecipe

        package init(
            jobs: Int, photos: Int = 1, threads: Int, stall_s: Double, memory_bytes: Int64, launch: [String],
            recipe: Recipe, photoRecipe: PhotoRecipe = PhotoRecipe()
        ) {
            self.jobs = jobs
            self.photos = photos
            self.threads = threads
            self.stall_s = stall_s
            self.memory_bytes = memory_bytes
            self.launch = launch
            self.recipe = recipe
            self.photoRecipe = photoRecipe
        }

        /// How many of a line may run at once.
        package func slots(in line: JobLine) -> Int {
            switch line {
            case .previews: 1
            case .photos: photos
            case .transcodes: jobs
            }
        }
    }

    package struct Ended: Sendable {
        package let job: Job
        package let line: JobLine
        package let verdict: Verdict
        package let seconds: Double
        package let firstWord_s: Double?
        package let ending: Child.Ending?
    }

    package var rules: Rules
    package private(set) var running: [AssetID: Worker] = [:]
    private let program: Path
    /// In which line each that runs had waited, and when it began.
    private var began: [AssetID: (line: JobLine, at: Double)] = [:]

    package var onProgress: @Loop (Worker) -> Void = { _ in }
    package var onEnd: @Loop (Ended) -> Void = { _ in }

    package init(program: Path, rules: Rules) {
        self.program = program
        self.rules = rules
    }

    /// Whether another job of this line may begin, beside those that are about to.
    package func hasRoom(in line: JobLine, beside starting: Int = 0) -> Bool {
        began.values.count { $0.line == line } + starting < rules.slots(in: line)
    }

    /// Starts a job. The last attempt runs single-threaded, and so does every photo: there are others beside it.
    package func start(
        _ line: JobLine, of id: AssetID, original: Path, staging: Path, attempts: Int
    ) throws {
        let isLastTry = attempts + 1 >= Limits.attempts
        let job = Job(
            id: id, kind: line.kind, original: original, staging: staging, recipe: rules.recipe,
            photoRecipe: rules.photoRecipe, threads: isLastTry || line == .photos ? 1 : rules.threads,
            memory_bytes: rules.memory_bytes)
        running[id] = try Worker(
            job, program: program, launch: rules.launch, stall_s: rules.stall_s,
            onProgress: { [weak self] in self?.onProgress($0) },
            onEnd: { [weak self] worker, verdict, ending in self?.ended(worker, line, verdict, ending) })
        began[id] = (line, Clock.monotonic_s())
    }

    private func ended(_ worker: Worker, _ line: JobLine, _ verdict: Verdict, _ ending: Child.Ending?) {
        let id = worker.job.id
        let began_s = began.removeValue(forKey: id)?.at ?? Clock.monotonic_s()
        running[id] = nil
        onEnd(
            Ended(
                job: worker.job, line: line, verdict: verdict, seconds: Clock.monotonic_s() - began_s,
                firstWord_s: worker.firstWord_s, ending: ending))
    }

    /// Ends all jobs; each still says how it ended.
    package func interruptAll() {
        for worker in running.values { worker.interrupt() }
    }
}
