// What a photo's file says beside its picture: when, with what, and what nobody else has to know.
import Foundation
import Model
import Testing

@testable import Transcode

extension Photos {
    @Suite(.enabled(if: Bench.hasPhotoTools, Bench.photoToolsAreMissing))
    struct PhotoNotesTests {
        private let bench: Bench

        init() throws { bench = try Bench() }

        private func taken(_ words: String..., ending: String = "jpg") throws -> Media {
            let drawn = try bench.corners("drawn.png", "64x48")
            let file = bench.path("taken.\(ending)")
            if ending == "heic" {
                _ = try bench.run("heif-enc", ["-o", file.text, drawn.text])
            } else {
                try bench.vips("copy", drawn.text, file.text)
            }
            _ = try bench.run("exiftool", ["-q", "-m", "-overwrite_original"] + words + [file.text])
            return try bench.photo(file).0
        }

        @Test(arguments: ["jpg", "png", "webp", "tif", "heic"])
        func whenAndWithWhat(_ ending: String) throws {
            let media = try taken(
                "-DateTimeOriginal=2023:07:14 18:05:09", "-OffsetTimeOriginal=+02:00", "-Make=Apple",
                "-Model=iPhone 15 Pro", ending: ending)
            #expect(media.capturedAt?.description == "2023-07-14T16:05:09.000Z")
            #expect(media.capturedAtOffset == "+02:00" && media.capturedAtSource == "datetimeoriginal")
            #expect(media.device == "Apple iPhone 15 Pro")
        }

        @Test func aClockWithoutAZoneIsSaidToBeOne() throws {
            let media = try taken("-DateTimeOriginal=2023:07:14 18:05:09")
            #expect(media.capturedAt?.description == "2023-07-14T18:05:09.000Z")
            #expect(
                media.capturedAtOffset == nil && media.capturedAtSource == "datetimeoriginal (no zone)")
        }

        @Test func theDayOfAnEditIsNotWhenItWasTaken() throws {
            let media = try taken(
                "-DateTimeOriginal=2009:05:06 07:08:09", "-ModifyDate=2024:01:02 03:04:05",
                "-OffsetTime=+01:00",
                "-XMP-xmp:CreateDate=2024:01:02 03:04:05+01:00")
            #expect(
                media.capturedAt?.description == "2009-05-06T07:08:09.000Z" && media.capturedAtOffset == nil)
            let edited = try taken("-ModifyDate=2024:01:02 03:04:05", "-OffsetTime=+01:00")
            #expect(edited.capturedAt?.description == "2024-01-02T02:04:05.000Z")
        }

        @Test(arguments: ["   :  ", "UTC"])
        func aZoneThatIsNoneIsNone(_ zone: String) throws {
            let media = try taken("-DateTimeOriginal=2023:07:14 18:05:09", "-OffsetTimeOriginal=\(zone)")
            #expect(
                media.capturedAt?.description == "2023-07-14T18:05:09.000Z" && media.capturedAtOffset == nil)
        }

        @Test func whereExifIsSilentTheEditorsWordCounts() throws {
            let media = try taken("-XMP-photoshop:DateCreated=2019:03:02 10:11:12+01:00")
            #expect(media.capturedAt?.description == "2019-03-02T09:11:12.000Z")
            #expect(media.capturedAtOffset == "+01:00" && media.capturedAtSource == "xmp datecreated")
        }

        @Test func aClockThatWasNeverSetDoesNotCount() throws {
            #expect(try taken("-DateTimeOriginal=1980:01:01 00:00:00").capturedAt == nil)
            #expect(try taken("-DateTimeOriginal=1904:01:01 00:00:00").capturedAt == nil)
        }

        @Test(arguments: ["jpg", "png", "webp", "tif", "heic"])
        func whereAndWhoIsTakenOutOfAll(_ ending: String) throws {
            let secrets = ["48.1371", "SN4711-0815", "AdaKowalska", "DearDiary"]
            _ = try taken(
                "-GPSLatitude=48.1371", "-GPSLatitudeRef=N", "-GPSLongitude=11.5754",
                "-XMP:GPSLatitude=48.1371",
                "-SerialNumber=SN4711-0815", "-BodySerialNumber=SN4711-0815", "-OwnerName=AdaKowalska",
                "-Artist=AdaKowalska", "-XMP:Description=DearDiary", "-UserComment=DearDiary", ending: ending)
            let original = try Data(contentsOf: URL(fileURLWithPath: bench.path("taken.\(ending)").text))
            #expect(secrets.contains { original.range(of: Data($0.utf8)) != nil })
            let files = [Rendition.Role.main, .poster, .thumb, .box(150), .box(300), .box(800)].map {
                bench.file($0, .photo).text
            }
            for file in files {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
                for secret in secrets {
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) in \(file)")
                }
            }
            let told = try bench.run(
                "exiftool",
                ["-q", "-s3", "-a", "-exif:all", "-xmp:all", "-iptc:all", "-icc_profile:all"] + files)
            #expect(told.allSatisfy { $0.isNewline || $0 == "=" } || !told.contains(":"), "\(told)")
        }

        // MARK: Pure

        @Test func xmpIsReadInBothOfItsWays() {
            let attributes = XMP(
                #"<rdf:Description xmp:CreateDate="2020-01-01T00:00:00" GCamera:MotionPhoto="1" tiff:Orientation='6'/>"#
                    .utf8)
            #expect(
                attributes.hasFilm && attributes.orientation == 6
                    && attributes["xmp:CreateDate"] == "2020-01-01T00:00:00")
            let elements = XMP(
                "<tiff:Orientation>8</tiff:Orientation><GCamera:MicroVideo>1</GCamera:MicroVideo>".utf8)
            #expect(elements.hasFilm && elements.orientation == 8 && elements["xmp:CreateDate"] == nil)
            #expect(!XMP("GCamera:MotionPhoto=\"0\" tiff:Orientation=\"9\"".utf8).hasFilm)
        }

        @Test func scansAreCounted() {
            let head: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC2, 0, 4, 1, 2]
            let scan: [UInt8] = [0xFF, 0xDA, 0, 2, 9, 9, 0xFF, 0, 7]
            let count = { (bytes: [UInt8]) in bytes.withUnsafeBytes { JPEGScans($0) } }
            #expect(count(head + scan + scan + [0xFF, 0xD9] + scan).count == 2)
            #expect(
                count(head + scan).isProgressive && !count([0xFF, 0xD8, 0xFF, 0xC0, 0, 2] + scan).isProgressive)
            // Lengths that lead beyond the end, and none at all.
            #expect(count([0xFF, 0xD8, 0xFF, 0xC2, 0xFF, 0xFF]).count == 0 && count([]).count == 0)
        }

        @Test func samsungsListIsRead() {
            let entry: [UInt8] = [0, 0, 0x30, 0x0A] + [UInt8](repeating: 1, count: 8)
            let list = Array("SEFH".utf8) + [107, 0, 0, 0, 1, 0, 0, 0] + entry
            let file = Array("photo".utf8) + list + [UInt8(list.count), 0, 0, 0] + Array("SEFT".utf8)
            let holds = { (file: [UInt8]) in
                SamsungTrailer.holdsFilm(size: file.count) { offset, count in
                    offset < 0 ? [] : Array(file.dropFirst(offset).prefix(count))
                }
            }
            #expect(holds(file) && !holds(Array(file.dropLast())) && !holds([]))
            #expect(!holds(Array("photo".utf8) + list + [255, 255, 255, 127] + Array("SEFT".utf8)))
        }

        @Test func chunksAreFound() {
            let chunk = { (type: String, body: [UInt8]) -> [UInt8] in
                [0, 0, 0, UInt8(body.count)] + Array(type.utf8) + body + [0, 0, 0, 0]
            }
            let chunks = { (all: [UInt8]) in
                PNGChunks {
                    Array((([0x89] + Array("PNG\r\n".utf8) + [26, 10]) + all).dropFirst($0).prefix($1))
                }
            }
            let whole = chunks(
                chunk("IHDR", [1]) + chunk("acTL", []) + chunk("eXIf", [7, 8]) + chunk("IEND", []))
            #expect(whole.isAnimated && whole.isEnded && whole.exif == [7, 8])
            #expect(!chunks(chunk("IHDR", [1]) + [255, 255, 255, 255]).isEnded)
        }

        @Test func theUsualProfileIsKnownByItsName() {
            let profile = { (text: [UInt8]) -> [UInt8] in
                [UInt8](repeating: 0, count: 128) + [0, 0, 0, 1] + Array("desc".utf8) + [
                    0, 0, 0, 144, 0, 0, 0, UInt8(text.count),
                ]
                    + text
            }
            let old = { (name: String) in
                Array("desc".utf8) + [0, 0, 0, 0, 0, 0, 0, UInt8(name.count)] + Array(name.utf8) + [0]
            }
            #expect(
                ICCProfile.isUsual(profile(old("sRGB IEC61966-2.1")))
                    && !ICCProfile.isUsual(profile(old("Display P3"))))
            #expect(
                !ICCProfile.isUsual(profile(old("DCI-P3 D65 Gamut with sRGB Transfer")))
                    && !ICCProfile.isUsual([1, 2]))
            let wide: [UInt8] = Array("sRGB".utf8).flatMap { [0, $0] as [UInt8] }
            let new =
                Array("mluc".utf8) + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 12] + Array("enUS".utf8) + [
                    0, 0, 0, 8, 0, 0, 0, 28,
                ] + wide
            #expect(ICCProfile.isUsual(profile(new)))
        }

        @Test func profilesOfOneTableOnlyAreKnown() {
            let profile = { (names: [String]) -> [UInt8] in
                [UInt8](repeating: 0, count: 128) + [0, 0, 0, UInt8(names.count)]
                    + names.flatMap { Array($0.utf8) + [0, 0, 0, 0, 0, 0, 0, 4] }
            }
            #expect(ICCProfile.isPerceptualOnly(profile(["desc", "A2B0"])))
            #expect(!ICCProfile.isPerceptualOnly(profile(["A2B0", "A2B1"])))
            #expect(!ICCProfile.isPerceptualOnly(profile(["rXYZ", "A2B0"])))
            #expect(!ICCProfile.isPerceptualOnly([1, 2]))
        }

        /// A TIFF of one directory, in either order of bytes.
        private func exif(_ entries: [(tag: Int, type: Int, count: Int, value: Int)], isLittle: Bool) -> [UInt8]
        {
            let number = { (value: Int, count: Int) -> [UInt8] in
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
                return isLittle ? bytes : bytes.reversed()
            }
            let head = (isLittle ? Array("II".utf8) : Array("MM".utf8)) + number(42, 2) + number(8, 4)
            return entries.reduce(head + number(entries.count, 2)) { bytes, entry in
                let value =
                    entry.type == 3 && !isLittle
                    ? number(entry.value, 2) + [0, 0] : number(entry.value, 4)
                return bytes + number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4) + value
            }
        }

        @Test(arguments: [true, false])
        func hostileDirectoriesEndSomewhere(_ isLittle: Bool) {
            #expect(Exif(exif([(0x0112, 3, 1, 6)], isLittle: isLittle))?.orientation == 6)
            // Itself as its own part, texts that reach beyond every file, counts that no memory holds, numbers out of range.
            let loop = Exif(
                exif([(0x8769, 4, 1, 8), (0x010F, 2, 0x7FFF_FFFF, 12), (0x0112, 3, 1, 77)], isLittle: isLittle))
            #expect(loop?.orientation == nil)
            #expect(
                Exif(
                    exif(
                        [(0x8769, 4, 1, 0xFFFF_FFF0), (0x927C, 7, 0xFFFF_FFFF, 0xFFFF_FFFF)], isLittle: isLittle
                    ))
                    != nil)
            #expect(Exif(exif([(0xC612, 1, 4, 0x0401)], isLittle: isLittle))?.isRaw == true)
            #expect(Exif(Array("II*\0".utf8)) == nil && Exif([]) == nil)
        }

        @Test func boxesThatLieLeadNowhere() {
            // The box of boxes, with an index whose item lies beyond every file.
            let box = { (type: String, body: [UInt8]) -> [UInt8] in
                let length = UInt32(body.count + 8)
                return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + Array(type.utf8)
                    + body
            }
            let item = box("infe", [2, 0, 0, 0, 0, 7, 0, 0] + Array("Exif\0".utf8))
            let places = box(
                "iloc", [0, 0, 0, 0, 0x44, 0, 0, 1, 0, 7, 0, 0, 0, 1] + [0x7F, 255, 255, 255] + [0, 0, 0, 9])
            let references = box("iref", [0, 0, 0, 0] + box("cdsc", [0, 7, 0, 1, 0, 1]))
            let meta = box(
                "meta", [0, 0, 0, 0] + box("iinf", [0, 0, 0, 0, 0, 1] + item) + places + references)
            let file = box("ftyp", Array("heic\0\0\0\0".utf8)) + meta
            let boxes = HeifBoxes(size: file.count) { Array(file.dropFirst($0).prefix($1)) }
            #expect(boxes.exif == [0x7FFF_FFFF..<0x8000_0008] && boxes.isCut)
            #expect(boxes.stumblingBlocks.map { Array(file[$0..<($0 + 4)]) } == [Array("cdsc".utf8)])
            let film = file + [0, 0, 0, 1] + Array("mpvd".utf8) + [0x7F] + [UInt8](repeating: 0xFF, count: 7)
            #expect(HeifBoxes(size: film.count) { Array(film.dropFirst($0).prefix($1)) }.isCut)
            // Any beginning of it is as harmless, and so is an index that goes round in nothing.
            for count in 0..<file.count {
                _ = HeifBoxes(size: count) { Array(file.prefix(count).dropFirst($0).prefix($1)) }
            }
            let endless = box(
                "meta",
                [0, 0, 0, 0] + box("iinf", [0, 0, 0, 0, 0, 1] + item)
                    + box("iloc", [2, 0, 0, 0, 0, 0, 255, 255, 255, 255]))
            let trap = box("ftyp", Array("heic\0\0\0\0".utf8)) + endless
            #expect(HeifBoxes(size: trap.count) { Array(trap.dropFirst($0).prefix($1)) }.exif.isEmpty)
        }

        @Test func whatLiesBeyondTheEndIsNoticed() throws {
            let bench = try Bench()
            let made = bench.path("made.heic")
            _ = try bench.run("heif-enc", ["-t", "32", "-o", made.text, try bench.corners("drawn.png").text])
            let file = try Data(contentsOf: URL(fileURLWithPath: made.text))
            for missing in 0..<2 {
                let part = file.dropLast(missing)
                let boxes = HeifBoxes(size: part.count) { Array(part.dropFirst($0).prefix($1)) }
                #expect(boxes.isCut == (missing > 0))
            }
            // A short film behind it is none of the picture: that is shown.
            let film = file + [0, 0, 0, 32] + Data("mpvd".utf8) + Data(count: 24)
            for (missing, remarks) in [(0, 1), (1, 2)] {
                let (media, _) = try bench.photo(try bench.write(film.dropLast(missing), as: "film.heic"))
                #expect(media.remarks.count == remarks, "\(media.remarks)")
            }
        }

        @Test func turnsAreReadFromTheFile() {
            let box = { (type: String, body: [UInt8]) -> [UInt8] in
                let length = UInt32(body.count + 8)
                return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + Array(type.utf8)
                    + body
            }
            let turns = { (properties: [UInt8], numbers: [UInt8]) -> Int? in
                let meta = box(
                    "meta",
                    [0, 0, 0, 0] + box("pitm", [0, 0, 0, 0, 0, 5])
                        + box(
                            "iprp",
                            box("ipco", properties)
                                + box(
                                    "ipma",
                                    [0, 0, 0, 0, 0, 0, 0, 2, 0, 4, 1, 1, 0, 5, UInt8(numbers.count)] + numbers))
                )
                let file = box("ftyp", Array("heic\0\0\0\0".utf8)) + meta
                return HeifBoxes(size: file.count) { Array(file.dropFirst($0).prefix($1)) }.quarterTurns
            }
            let (size, three, mirror) = (box("ispe", [0, 0, 0, 0]), box("irot", [3]), box("imir", [0]))
            #expect(turns(size + three, [1, 0x82]) == 3 && turns(size + three, [1]) == 0)
            #expect(turns(three + mirror, [1, 2]) == nil && turns(three, [9]) == 0)
        }
    }
}
