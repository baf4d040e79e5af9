internal import CLibAV
internal import Glibc
package import Model

/// Prepares the libraries that an original needs, by its first bytes. Done once, before the process locks itself in: some
/// of them read files of their own. None of them sees the original yet.
package func prepare(for original: Path) throws(Refusal) {
    LastLine.keep()
    let file = try FileIO.reading(original)
    let head = file.bytes(at: 0, count: FirstLook.length)
    if file.hasFailed { throw Refusal(.ioError) }
    // Videos begin like phones' photos, but for their brand.
    guard FirstLook(head) == .picture, let format = PhotoFormat(head) else { return }
    try Stills.start(loadsModules: format == .jpegXL)
    if format == .heif { try HeifPhoto.start() }
}

/// Prepares all libraries there are.
package func prepare() throws(Refusal) {
    LastLine.keep()
    try Stills.start(loadsModules: true)
    try HeifPhoto.start()
}

/// Looks at an original and makes its poster and thumb in the staging folder; of a photo, all that will be published.
///
/// Throws the refusal that people will read: what the file is, what it lacks, or what the machine lacks.
package func preview(
    job: Job, report: @escaping (WorkerLine) -> Void
) throws(Refusal) -> (Media, [MadeFile]) {
    try withOriginal(job) { (file) throws(Refusal) in
        let meter = Meter(.preview, report)
        if FirstLook(file.bytes(at: 0, count: FirstLook.length)) == .picture {
            return try photo(file, job, meter)
        }
        let (probe, keyPictures) = try Prober.look(file, limit_s: job.recipe.maxDuration_s, for: .pictures)
        let plan = try Plan(for: probe, recipe: job.recipe)
        meter.tell(0.3)
        let best = try PosterSearch.best(
            in: file, plan: plan, first: keyPictures[plan.picture.track], threads: job.workThreads, meter)
        meter.tell(0.7)
        let still = try poster(of: best, plan: plan.picture, threads: job.workThreads)
        let name = { (role: Rendition.Role) in job.staging / role.file(of: job.id, kind: .video) }
        let sizes = try Stills.write(still, poster: name(.poster), thumb: name(.thumb))
        let files = [
            MadeFile(role: .poster, width: sizes.poster.width, height: sizes.poster.height),
            MadeFile(role: .thumb, width: sizes.thumb.width, height: sizes.thumb.height),
        ]
        return (Media(of: probe, plan: plan), files)
    }
}

/// Makes a photo in all its sizes, and reads each back.
private func photo(_ file: FileIO, _ job: Job, _ meter: Meter) throws(Refusal) -> (Media, [MadeFile]) {
    let drawing = try PhotoDrawing(file, for: job)
    meter.tell(0.5)
    let files = try PhotoSizes.write(drawing.still, for: job, meter)
    let now = Timestamp(milliseconds: Int64(time(nil)) * 1000)
    let media = Media(
        of: drawing.notes, width: drawing.still.width, height: drawing.still.height,
        remarks: drawing.remarks, at: now)
    return (media, files)
}

/// Makes the video that will be published, and verifies it by reading it back.
package func transcode(
    job: Job, report: @escaping (WorkerLine) -> Void
) throws(Refusal) -> (Media, [MadeFile]) {
    try withOriginal(job) { (file) throws(Refusal) in
        let probe = try Prober.probe(file, limit_s: job.recipe.maxDuration_s)
        var plan = try Plan(for: probe, recipe: job.recipe)
        let path = job.staging / Rendition.Role.main.file(of: job.id, kind: .video)
        let outcome: Pump.Outcome
        if let copied = try copy(file, to: path, plan, job, report) {
            outcome = copied
        } else {
            // Not what can be copied after all: all of it begins again.
            var recipe = job.recipe
            recipe.copyWhenPlayable = false
            plan = try Plan(for: probe, recipe: recipe)
            outcome = try pump(file, to: path, plan, job, Meter(.transcode, report))
        }
        if plan.sound != nil, outcome.soundEnd_s == 0 {
            // All of it lay before the pictures, and nothing of it was published.
            plan.sound = nil
            plan.remarks.append("The sound of this file could not be read.")
        }
        var media = Media(of: probe, plan: plan)
        media.remarks += try Loss(of: outcome, probe, plan).remarks()
        media.duration = outcome.duration
        if plan.way == .convert {
            try Verify.check(
                path, plan: plan, lasting: outcome.duration, threads: job.workThreads,
                meter: Meter(.verify, report))
        }
        return (media, [MadeFile(role: .main, width: plan.picture.width, height: plan.picture.height)])
    }
}

/// Copies what is planned to be copied. Nil where that is not planned, or not possible after all: converting mends
/// what is odd about a file, or finds the words for it.
private func copy(
    _ original: FileIO, to path: Path, _ plan: Plan, _ job: Job, _ report: @escaping (WorkerLine) -> Void
) throws(Refusal) -> Pump.Outcome? {
    guard case .copy = plan.way else { return nil }
    do throws(Refusal) {
        let outcome = try pump(original, to: path, plan, job, Meter(.transcode, report))
        // Where the claimed length was a lie, so was the bit rate.
        guard !outcome.isUnfit, outcome.duration > (plan.duration ?? 0) / 2 else { return nil }
        try Verify.check(
            path, plan: plan, lasting: outcome.duration, threads: job.workThreads, meter: Meter(.verify, report)
        )
        return outcome
    } catch {
        switch (error.problem, error.problem.class) {
        case (.tooLong, _), (.tooLarge, _), (_, .accident), (_, .environment): throw error
        case (_, .content): return nil
        }
    }
}

extension Job {
    /// As many as the machine has, but every one of them keeps pictures in memory, and beyond eight one video is
    /// hardly done sooner.
    fileprivate var workThreads: Int {
        threads > 0 ? threads : min(8, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}

/// Opens the original for `work`. Where its disk failed meanwhile, whatever came of the work is void: no file
/// is blamed, and none is published, for what could not be read of it.
private func withOriginal<Made>(
    _ job: Job, _ work: (FileIO) throws(Refusal) -> Made
) throws(Refusal) -> Made {
    let file = try FileIO.reading(job.original)
    let made: Made
    do throws(Refusal) {
        made = try work(file)
    } catch {
        throw file.hasFailed ? Refusal(.ioError) : error
    }
    if file.hasFailed { throw Refusal(.ioError) }
    return made
}

private func poster(of best: Frame, plan: PicturePlan, threads: Int) throws(Refusal) -> Still {
    var plan = plan
    plan.deinterlaces = best.isInterlaced
    return try drawnStill(of: best, plan: plan, fitting: Stills.posterSide, threads: threads)
}

/// A decoded picture as a still: upright, in the usual colours.
func drawnStill(of picture: Frame, plan: PicturePlan, fitting longSide: Int, threads: Int) throws(Refusal)
    -> Still
{
    do throws(AVFailure) {
        let small = try picture.filtered(
            plan.filters(of: (picture.width, picture.height), fitting: longSide), threads: threads)
        return try Still(
            ofVideo: ColourMapper(plan.colour, threads: threads)?.map(small) ?? small, threads: threads)
    } catch {
        throw error.refusal(else: .corrupt)
    }
}

/// Makes the video as planned.
private func pump(
    _ original: FileIO, to path: Path, _ plan: Plan, _ job: Job, _ meter: Meter
) throws(Refusal) -> Pump.Outcome {
    let demuxer = try Demuxer.open(original)
    let result = try FileIO.creating(path)
    var isTooLong = false
    do throws(AVFailure) {
        let pump = try Pump(plan, from: demuxer, into: result, threads: job.workThreads)
        let expected = plan.duration ?? 0
        return try pump.run { (progress) throws(AVFailure) in
            // Half of the work is done when a picture goes in, the other half when it comes out.
            meter.tell(expected > 0 ? (progress.taken_s + progress.made_s) / 2 / expected : 0)
            isTooLong = progress.taken_s > plan.maxDuration_s
            if isTooLong { throw AVFailure(AVFailure.invalidData, "reading the original") }
        }
    } catch {
        throw isTooLong ? Plan.tooLong(plan.maxDuration_s) : error.refusal(else: .corrupt)
    }
}

extension Loss {
    fileprivate init(of outcome: Pump.Outcome, _ probe: Probe, _ plan: Plan) {
        let track = probe.pictures.first { $0.index == plan.picture.track }
        let isClaim =
            probe.wasEnded
            && ["flv", "live_flv", "asf", "mxf", "matroska,webm", "avi"].contains(probe.container)
        self.init(
            // A claim is about the longest of all tracks.
            expected_s: plan.duration, reached_s: isClaim ? outcome.duration : outcome.picturesEnd_s,
            listed: track?.listing,
            packetsRead: outcome.pictures.packets, pictures: outcome.pictures.pictures,
            isCut: outcome.brokeOff || probe.endsEarly && track?.listing == nil,
            isClaim: isClaim, hasGaps: outcome.complaints > 0,
            damage: outcome.pictures.damage, soundDamage: outcome.sound?.damage ?? 0)
    }
}
