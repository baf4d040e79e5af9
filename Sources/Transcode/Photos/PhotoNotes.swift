internal import Model

/// What a photo's file says beside its pixels.
struct PhotoNotes {
    /// For `CaptureTime` and `DeviceName`, which know those of videos too.
    var texts: [String: String] = [:]
    var contentIdentifier: String?
    /// A short film hangs on it.
    var hasFilm = false
    /// It moves, and its first picture is shown.
    var isMoving = false
    /// More than one where it is a document, of which the first page is shown.
    var pages = 1

    mutating func add(_ exif: Exif?) {
        guard let exif else { return }
        contentIdentifier = contentIdentifier ?? exif.contentIdentifier
        for (name, word) in [("Make", "make"), ("Model", "model")] { texts[word] = exif.texts[name] }
        // A clock, and beside it the zone it hung in.
        for (name, zone, word) in [
            ("DateTimeOriginal", "OffsetTimeOriginal", "datetimeoriginal"),
            ("DateTimeDigitized", "OffsetTimeDigitized", "datetimedigitized"),
            // Of the last change, whatever that was.
            ("DateTime", "OffsetTime", "exif datetime"),
        ] {
            texts[word] = exif.texts[name].map { $0 + (exif.texts[zone] ?? "") }
        }
    }

    mutating func add(_ xmp: XMP?) {
        guard let xmp else { return }
        hasFilm = hasFilm || xmp.hasFilm
        for (name, word) in [
            ("exif:DateTimeOriginal", "xmp datetimeoriginal"), ("photoshop:DateCreated", "xmp datecreated"),
            ("xmp:CreateDate", "xmp createdate"), ("tiff:Make", "make"), ("tiff:Model", "model"),
        ] where texts[word] == nil {
            texts[word] = xmp[name]
        }
    }

    var remarks: [String] {
        var remarks: [String] = []
        if hasFilm {
            remarks.append("A short video belongs to this photo; it is kept in the camera's file only.")
        }
        if isMoving { remarks.append("This picture moves; its first moment is shown.") }
        if pages > 1 { remarks.append("This file has \(pages) pages; the first one is shown.") }
        return remarks
    }
}

extension Media {
    /// Of a photo that is published so large. None was taken after `now`.
    init(of notes: PhotoNotes, width: Int, height: Int, remarks: [String], at now: Timestamp) {
        let tags = Tags(notes.texts)
        let captured = CaptureTime(tags, now: now)
        self.init(
            kind: .photo, duration: nil, width: width, height: height, capturedAt: captured?.at,
            capturedAtOffset: captured?.offset, capturedAtSource: captured?.source,
            contentIdentifier: notes.contentIdentifier, device: DeviceName.found(in: tags),
            remarks: remarks + notes.remarks)
    }
}
