// All workers: how many at once, on what, and what they may use.
package import Model
package import Platform

@Loop
package final class Workshop {
    package struct Rules: Sendable {
        /// Transcodes at once; a preview has a slot of its own.
        package var jobs: Int
        /// 0 lets the worker decide by the machine.
        package var threads: Int
        package var stall_s: Double
        package var memory_bytes: Int64
        /// Words before the worker's program, for example `srun -c 8`.
        package var launch: [String]
        package var recipe: Recipe
        package var photoRecipe: PhotoRecipe

        package init(
            jobs: Int, threads: Int, stall_s: Double, memory_bytes: Int64, launch: [String], recipe: Recipe,
            photoRecipe: PhotoRecipe = PhotoRecipe()
        ) {
            self.jobs = jobs
            self.threads = threads
            self.stall_s = stall_s
            self.memory_bytes = memory_bytes
            self.launch = launch
            self.recipe = recipe
            self.photoRecipe = photoRecipe
        }
    }

    package struct Ended: Sendable {
        package let job: Job
        package let verdict: Verdict
        package let seconds: Double
        package let firstWord_s: Double?
        package let ending: Child.Ending?
    }

    package var rules: Rules
    package private(set) var running: [AssetID: Worker] = [:]
    private let program: Path
    private var startedAt: [AssetID: Double] = [:]

    package var onProgress: @Loop (Worker) -> Void = { _ in }
    package var onEnd: @Loop (Ended) -> Void = { _ in }

    package init(program: Path, rules: Rules) {
        self.program = program
        self.rules = rules
    }

    /// Whether another job of this kind may begin.
    package func hasRoom(for kind: JobKind) -> Bool {
        let busy = running.values.filter { $0.job.kind == kind }.count
        return busy < (kind == .preview ? 1 : rules.jobs)
    }

    /// Starts a job. The last attempt runs single-threaded.
    package func start(
        _ kind: JobKind, of id: AssetID, original: Path, staging: Path, attempts: Int
    ) throws {
        let isLastTry = attempts + 1 >= Limits.attempts
        let job = Job(
            id: id, kind: kind, original: original, staging: staging, recipe: rules.recipe,
            photoRecipe: rules.photoRecipe, threads: isLastTry ? 1 : rules.threads,
            memory_bytes: rules.memory_bytes)
        running[id] = try Worker(
            job, program: program, launch: rules.launch, stall_s: rules.stall_s,
            onProgress: { [weak self] in self?.onProgress($0) },
            onEnd: { [weak self] worker, verdict, ending in self?.ended(worker, verdict, ending) })
        startedAt[id] = Clock.monotonic_s()
    }

    private func ended(_ worker: Worker, _ verdict: Verdict, _ ending: Child.Ending?) {
        let id = worker.job.id
        let began = startedAt.removeValue(forKey: id) ?? Clock.monotonic_s()
        running[id] = nil
        onEnd(
            Ended(
                job: worker.job, verdict: verdict, seconds: Clock.monotonic_s() - began,
                firstWord_s: worker.firstWord_s, ending: ending))
    }

    /// Ends all jobs; each still says how it ended.
    package func interruptAll() {
        for worker in running.values { worker.interrupt() }
    }
}
