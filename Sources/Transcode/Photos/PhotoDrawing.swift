internal import CVips
internal import Model

/// A photo drawn: upright, in the usual colours, no larger than it will be published.
struct PhotoDrawing {
    let still: Still
    let notes: PhotoNotes
    /// What had to be left out or guessed.
    let remarks: [String]

    private static let cutShort =
        "The end of this photo is missing; where it should be, there is nothing to see."
    private static let damaged = "A part of this photo is damaged."
    private static let coarse = "The end of this photo is missing, and with it the finest details."
    private static let cutBeside = "The end of this file is missing, but nothing of the picture."
    private static let badProfile = "What this photo says of its colours is damaged; they may be a little off."

    init(_ file: FileIO, for job: Job) throws(Refusal) {
        let bytes = try PhotoBytes(file, memory_bytes: job.memory_bytes)
        var original = try PhotoOriginal(bytes)
        var remarks: [String] = []
        if let boxes = original.boxes {
            still = try Self.heif(file, bytes, boxes, job, &remarks)
        } else {
            let head = try refusing { () throws(VipsFailure) in try original.picture(.lenient) }
            original.note(head)
            try Self.check(
                head.width, head.height, original.memory_bytes(of: head, longSide: job.photoRecipe.longSide),
                job)
            if !head.isOfUsualNumbers || original.format == .jpeg2000 && head.format != VIPS_FORMAT_UCHAR {
                throw Refusal(
                    .unsupportedCodec, "Its pixels are numbers of a kind that no camera's photos have.")
            }
            let longSide = job.photoRecipe.longSide
            if let whole = try Self.wholeJPEG(original, head, longSide: longSide, &remarks) {
                still = whole
            } else {
                let picture = try Self.drawn(original, head, longSide: longSide, &remarks)
                still = try Self.usual(picture, turned: original.orientation, &remarks)
            }
        }
        notes = original.notes
        self.remarks = remarks
    }

    /// Before anything is drawn: the head of the file says how large the picture is.
    private static func check(_ width: Int, _ height: Int, _ memory_bytes: Int64, _ job: Job) throws(Refusal) {
        let pixels = Int64(width) * Int64(height)
        let size = "It has \(width) by \(height) pixels"
        guard pixels <= job.photoRecipe.maxPixels else {
            throw Refusal(
                .tooManyPixels, "\(size), and \(job.photoRecipe.maxPixels / 1_000_000) million are allowed.")
        }
        guard memory_bytes < job.memory_bytes else {
            throw Refusal(.tooManyPixels, "\(size), for which a job may not use enough memory.")
        }
    }

    // MARK: Drawing it

    /// In the usual colours, upright.
    private static func usual(
        _ picture: Picture, turned orientation: Orientation, _ remarks: inout [String]
    ) throws(Refusal) -> Still {
        let (usual, isProfileUsed) = try refusing { () throws(VipsFailure) in try picture.inUsualColours() }
        if !isProfileUsed { remarks.append(badProfile) }
        return try Still(of: usual, turned: orientation)
    }

    /// Nearly every photo is a JPEG that is whole, and is made smaller as what it is. Nil for all others.
    private static func wholeJPEG(
        _ original: PhotoOriginal, _ head: Picture, longSide: Int, _ remarks: inout [String]
    ) throws(Refusal) -> Still? {
        guard original.format == .jpeg else { return nil }
        let size = Stills.fit((head.width, head.height), into: (longSide, longSide))
        let planes = try refusing { () throws(AVFailure) in
            try JPEG.planes(original.bytes.all, shrink: head.shrink(to: longSide))
        }
        guard let planes else { return nil }
        guard let profile = head.blob("icc-profile-data"), !ICCProfile.isUsual(profile) else {
            return try refusing { () throws(AVFailure) in
                try Still(ofPlanes: planes, size: size, turned: original.orientation)
            }
        }
        let picture = try Stills.picture(ofPlanes: planes, size: size, profile: profile)
        return try usual(picture, turned: original.orientation, &remarks)
    }

    private static func drawn(
        _ original: PhotoOriginal, _ head: Picture, longSide: Int, _ remarks: inout [String]
    ) throws(Refusal) -> Picture {
        let size = Stills.fit((head.width, head.height), into: (longSide, longSide))
        let shrink = head.shrink(to: longSide)
        let draw = { (strictness: PhotoOriginal.Strictness) throws(VipsFailure) in
            try original.picture(strictness, shrink: shrink).onWhite().resized(size.width, size.height).drawn()
        }
        vips_error_clear()
        let failure: VipsFailure
        do throws(VipsFailure) {
            let picture = try draw(.untilItEnds)
            // libjpeg draws on, whatever it finds, and only complains.
            failure = VipsFailure()
            if !failure.meansDamage { return picture }
        } catch {
            failure = error
        }
        if failure.lacksMemory { throw failure.refusal(else: .corrupt) }
        let isCut = original.isEnded.map { !$0 } ?? failure.meansCut
        let refusal = failure.refusal(else: isCut ? .truncated : .corrupt)
        guard let remark = remark(original, isCut: isCut) else { throw refusal }
        remarks.append(remark)
        do throws(VipsFailure) { return try draw(.lenient) } catch { throw refusal }
    }

    /// What is said of a photo that is damaged and can be shown all the same. Nil where too little of it is there.
    private static func remark(_ original: PhotoOriginal, isCut: Bool) -> String? {
        if original.format == .jpeg, isCut {
            let scans = JPEGScans(UnsafeRawBufferPointer(original.bytes.all))
            // By then the whole of it can be seen; what follows makes it sharper.
            if scans.isProgressive { return scans.count > 3 ? coarse : nil }
        }
        // Of pictures that move the first is whole when a later one is not.
        if original.format == .gif, original.notes.isMoving { return damaged }
        guard let picture = try? original.picture(.strict), PhotoWholeness.isMostThere(picture) else {
            return nil
        }
        return isCut ? cutShort : damaged
    }

    // MARK: Phones' own format

    private static func heif(
        _ file: FileIO, _ bytes: PhotoBytes, _ boxes: HeifBoxes, _ job: Job, _ remarks: inout [String]
    ) throws(Refusal) -> Still {
        let longSide = job.photoRecipe.longSide
        let photo: HeifPhoto
        do throws(Refusal) {
            photo = try HeifPhoto.open(bytes, boxes)
        } catch {
            guard boxes.isSequence else { throw error }
            return try MovingPhoto.first(of: file, longSide: longSide) { (width, height) throws(Refusal) in
                try check(width, height, 0, job)
            }
        }
        // As the codec has it and as it is handed out, both at once.
        let perPixel: Int64 = (photo.bits > 8 ? 2 : 1) * (photo.hasAlpha ? 11 : 8)
        let pixels = Int64(photo.width) * Int64(photo.height)
        try check(photo.width, photo.height, Int64(bytes.count) + pixels * perPixel, job)
        if boxes.isCut { remarks.append(cutBeside) }
        if let colour = photo.unusualColours, !photo.hasAlpha {
            return try ordinary(try photo.frame(colour), colour, longSide: longSide)
        }
        let picture = try photo.picture()
        let small = try refusing { () throws(VipsFailure) in
            try picture.onWhite().fitted(longSide, longSide).drawn()
        }
        // It turned by itself.
        return try usual(small, turned: .upright, &remarks)
    }

    /// Light beyond the usual becomes what it becomes in videos.
    private static func ordinary(_ frame: Frame, _ colour: Colour, longSide: Int) throws(Refusal) -> Still {
        var track = PictureTrack(index: 0, codec: "heif", width: frame.width, height: frame.height)
        track.colour = colour
        let plan = try PicturePlan(for: track, recipe: Recipe(longSide: longSide))
        return try drawnStill(of: frame, plan: plan, fitting: longSide, threads: 1)
    }
}

extension Picture {
    /// By how much it can be made smaller while it is read, and still be as large as it will be published.
    fileprivate func shrink(to longSide: Int) -> Int {
        shrinks.first { max(width, height) / $0 >= longSide } ?? 1
    }
}

extension VipsFailure {
    /// The file ends too early.
    fileprivate var meansCut: Bool {
        [
            "Premature end", "premature end of JPEG image", "Unexpected end", "libpng read error",
            "end of file",
        ].contains { words.contains($0) }
    }

    /// What libjpeg says of pixels, as against what it says of odd heads and bytes between parts.
    fileprivate var meansDamage: Bool {
        words.contains("Corrupt JPEG data") && !words.contains("extraneous") || meansCut
    }
}

extension PhotoOriginal {
    /// How much memory drawing it takes, its file included: not much more for what is read from top to bottom.
    fileprivate func memory_bytes(of picture: Picture, longSide: Int) -> Int64 {
        let pixels = Int64(picture.width) * Int64(picture.height)
        let stored = pixels * Int64(picture.bands) * Int64(vips_format_sizeof(picture.format))
        let drawing: Int64 =
            switch format {
            // Its planes; and every scan but the last is kept, in two bytes for each sample.
            case .jpeg:
                (JPEGScans(UnsafeRawBufferPointer(bytes.all)).isProgressive ? 2 * stored : 0)
                    + stored / Int64(picture.shrink(to: longSide) * picture.shrink(to: longSide))
            // It may be woven of seven passes.
            case .png: stored
            case .gif, .webp: 2 * 4 * pixels
            case .tiff: stored
            case .jpegXL: 4 * 4 * pixels + stored
            case .jpeg2000: 4 * Int64(picture.bands) * pixels + stored
            case .heif, .unread: 0
            }
        return Int64(bytes.count) + drawing
    }
}
