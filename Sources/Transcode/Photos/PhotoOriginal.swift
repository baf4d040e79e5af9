internal import CVips
internal import Model

/// A photo as it was dropped: what its file says, and its picture, opened but not drawn.
struct PhotoOriginal {
    let format: PhotoFormat
    let bytes: PhotoBytes
    private(set) var notes = PhotoNotes()
    private(set) var orientation = Orientation.upright
    private(set) var boxes: HeifBoxes?
    /// Where the format tells by itself whether it ends where it should.
    private(set) var isEnded: Bool?

    /// Fails for what is known and not read here.
    init(_ bytes: PhotoBytes) throws(Refusal) {
        guard let format = PhotoFormat(bytes.bytes(at: 0, count: FirstLook.length)) else {
            throw Refusal(.notMedia)
        }
        (self.format, self.bytes) = (format, bytes)
        let read = { (offset: Int, count: Int) in bytes.bytes(at: offset, count: count) }
        switch format {
        case .unread(let what): throw Refusal(.unsupportedCodec, "It is \(what).")
        case .tiff:
            let exif = Exif(read: read)
            if exif?.isRaw == true, case .unread(let what) = PhotoFormat.raw {
                throw Refusal(.unsupportedCodec, "It is \(what).")
            }
            notes.add(exif)
        case .png:
            let chunks = PNGChunks(read: read)
            notes.isMoving = chunks.isAnimated
            isEnded = chunks.isEnded
            let exif = chunks.exif.flatMap { Exif($0) }
            notes.add(exif)
            orientation = Orientation(exif: exif?.orientation)
        case .heif:
            let boxes = HeifBoxes(size: bytes.count, read: read)
            notes.hasFilm = boxes.hasFilm
            notes.isMoving = boxes.isSequence
            // Four bytes say how many more come before it begins.
            let block = boxes.exif.flatMap { bytes.bytes($0) }
            let start = 4 + block.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            if start < block.count { notes.add(Exif(Array(block[start...]))) }
            if !boxes.xmp.isEmpty { notes.add(XMP(boxes.xmp.flatMap { bytes.bytes($0) })) }
            self.boxes = boxes
        case .jpeg, .gif, .webp, .jpegXL, .jpeg2000: break
        }
        if SamsungTrailer.holdsFilm(size: bytes.count, read: read) { notes.hasFilm = true }
    }

    /// What libvips found beside the pixels.
    mutating func note(_ picture: Picture) {
        notes.add(picture.blob("exif-data").flatMap { Exif($0) })
        let xmp = picture.blob("xmp-data").map { XMP($0) }
        notes.add(xmp)
        switch format {
        case .jpeg, .webp, .tiff: orientation = Orientation(exif: picture.orientation)
        // Exif in a PNG came late, and some programs say it in XMP only.
        case .png: if orientation == .upright { orientation = Orientation(exif: xmp?.orientation) }
        // These turn by themselves, or do not know of turning.
        case .gif, .heif, .jpegXL, .jpeg2000, .unread: break
        }
        switch format {
        case .gif, .webp, .jpegXL: notes.isMoving = picture.pages > 1
        case .tiff: notes.pages = max(1, picture.pages)
        case .jpeg, .png, .heif, .jpeg2000, .unread: break
        }
    }

    /// How strictly a picture is read.
    enum Strictness {
        /// Whatever can be shown.
        case lenient
        /// Until it breaks off.
        case untilItEnds
        /// Until something in it is damaged.
        case strict

        fileprivate var failOn: VipsFailOn {
            switch self {
            case .lenient: VIPS_FAIL_ON_NONE
            case .untilItEnds: VIPS_FAIL_ON_TRUNCATED
            case .strict: VIPS_FAIL_ON_WARNING
            }
        }
    }

    /// The picture, `shrink` times smaller where its format can do that while it is read.
    func picture(_ strictness: Strictness, shrink: Int = 1) throws(VipsFailure) -> Picture {
        let (start, count) = (bytes.all.baseAddress, bytes.count)
        let failOn = strictness.failOn
        return try Picture(from: bytes) { (out) in
            switch format {
            case .jpeg: flip_vips_jpegload(start, count, &out, failOn, Int32(shrink))
            case .png: flip_vips_pngload(start, count, &out, failOn)
            case .gif: flip_vips_gifload(start, count, &out, failOn)
            case .webp: flip_vips_webpload(start, count, &out, failOn)
            case .tiff: flip_vips_tiffload(start, count, &out, failOn)
            case .jpegXL: flip_vips_jxlload(start, count, &out, failOn)
            case .jpeg2000: flip_vips_jp2kload(start, count, &out, failOn)
            // Opened otherwise, or not at all.
            case .heif, .unread: -1
            }
        }
    }
}
