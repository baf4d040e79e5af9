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
        for (name, word) in [("Make", "make"), ("Model", "model")] {
            texts[word] = texts[word] ?? exif.texts[name]
        }
        // A clock, and beside it the zone it hung in.
        for (name, zone, word) in [
            ("DateTimeOriginal", "OffsetTimeOriginal", "datetimeoriginal"),
            ("DateTimeDigitized", "OffsetTimeDigitized", "datetimedigitized"),
            // Of the last change, whatever that was.
            ("DateTime", "OffsetTime", "exif datetime"),
        ] where texts[word] == nil {
            texts[word] = exif.texts[name].map { Self.tidied($0) + Self.zone(exif.texts[zone]) }
        }
    }

    private static func tidied(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// "+02:00" or "Z". What is left blank, as its standard wants it where nobody knows, is none.
    private static func zone(_ text: String?) -> String {
        let text = tidied(text ?? "")
        let shape = text.map { $0.isASCII && $0.isNumber ? "0" : $0 }
        return text == "Z" || [Array("+00:00"), Array("-00:00")].contains(shape) ? text : ""
    }

    /// Where it is known when it was taken, no other time counts: later ones may say more, but of something else.
    var captureTexts: [String: String] {
        guard texts["datetimeoriginal"] != nil else { return texts }
        let others: Set = ["xmp datecreated", "datetimedigitized", "xmp createdate", "exif datetime"]
        return texts.filter { !others.contains($0.key) }
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
        let captured = CaptureTime(Tags(notes.captureTexts), now: now)
        self.init(
            kind: .photo, duration: nil, width: width, height: height, capturedAt: captured?.at,
            capturedAtOffset: captured?.offset, capturedAtSource: captured?.source,
            contentIdentifier: notes.contentIdentifier, device: DeviceName.found(in: tags),
            remarks: remarks + notes.remarks)
    }
}
