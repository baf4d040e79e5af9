// The built programs, and the manual pages as the tools that read them see them.
import Glibc
import Testing

struct ProgramTests {
    /// The folder that the tests were built into, and the programs with them.
    private static let built: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    private func shell(_ line: String) throws -> (status: Int32, text: String) {
        let pipe = try #require(popen("{ \(line); } 2>&1", "r"))
        var text = ""
        var part = [CChar](repeating: 0, count: 4096)
        while fgets(&part, Int32(part.count), pipe) != nil {
            text += String(decoding: part.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return (pclose(pipe) >> 8, text)
    }

    /// libavformat, libavcodec, libavfilter, libavutil, libswscale, libswresample, libvips.
    private func mediaLibraries(of program: String) throws -> [String] {
        let (status, text) = try shell("ldd '\(Self.built)/\(program)'")
        try #require(status == 0, "\(text)")
        return text.matches(of: /lib(?:av|sw(?:scale|resample)|vips)[a-z]*\.so/).map { String($0.0) }
    }

    @Test(arguments: ["flipd", "flipctl"]) func neverMeetsAMediaFile(_ program: String) throws {
        #expect(try mediaLibraries(of: program) == [])
    }

    @Test func onlyTheWorkerMeetsMediaFiles() throws {
        let libraries = try mediaLibraries(of: "flip-worker")
        #expect(libraries.contains("libavformat.so"))
        #expect(libraries.contains("libvips.so"))
    }

    @Test(
        .enabled(if: access("/usr/bin/man", X_OK) == 0, "man is not installed"),
        arguments: ["flipd.8", "flipctl.1", "flipd.conf.5"], [80, 60])
    func theManualIsReadWithoutAWarning(_ page: String, _ columns: Int) throws {
        let (status, text) = try shell(
            "MANWIDTH=\(columns) LC_ALL=C.UTF-8 man --warnings -l -Tutf8 '\(Repository.root)/man/\(page)' 2>&1 >/dev/null"
        )
        #expect(status == 0)
        #expect(text == "")
    }
}
