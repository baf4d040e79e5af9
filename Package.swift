// swift-tools-version: 6.2
// The floor plan of the house. Targets stand in the order in which a dropped file meets them;
// what a target lists under `dependencies` is all it may import (docs/architecture.md), and
// `make build` lets the compiler check it.
import PackageDescription

/// The rules every Swift target lives by: Swift 6 mode, no warning, imports said where they are used.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library's door: one module map and one `shim.h` under `Sources/C`.
func door(_ name: String, pkgConfig: String? = nil, package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A room, a program or the ground floor: Swift under `Sources`.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: house)
}

let package = Package(
    name: "flipd",
    products: [
        .executable(name: "flipd", targets: ["flipd"]),
        .executable(name: "flip-worker", targets: ["flip-worker"]),
        .executable(name: "flipctl", targets: ["flipctl"]),
    ],
    targets: [
        // The doors: what Swift cannot see of each C library, and nothing else.
        .target(  // What Glibc's module hides from Swift: leases, Landlock, renameat2, pidfds.
            name: "CLinux", path: "Sources/C/CLinux",
            cSettings: [.enableWarning("all"), .treatAllWarnings(as: .error)]),
        .target(  // Colours of whole rows, for the processor that is there.
            name: "CColour", path: "Sources/C/CColour",
            cSettings: [.enableWarning("all"), .treatAllWarnings(as: .error)]),
        door("CSystemd", pkgConfig: "libsystemd", package: "libsystemd-dev"),  // The loop, the journal.
        door("CSeccomp", pkgConfig: "libseccomp", package: "libseccomp-dev"),  // Which system calls.
        door("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),  // SHA-256.
        door("CINI", pkgConfig: "inih", package: "libinih-dev"),  // flipd.conf.
        door("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),  // The ledger.
        door("CMicrohttpd", pkgConfig: "libmicrohttpd", package: "libmicrohttpd-dev"),  // HTTP.
        // "libcurl" would bring flags that SwiftPM warns about; its headers need none.
        door("CCurl", package: "libcurl4-openssl-dev"),  // HTTP from the other side.
        door("CLibAV", pkgConfig: "libavfilter", package: "libavfilter-dev"),  // Video and sound.
        door("CHeif", pkgConfig: "libheif", package: "libheif-dev"),  // Photos of phones.
        door("CTurboJPEG", pkgConfig: "libturbojpeg", package: "libturbojpeg0-dev"),  // JPEGs.
        // "vips" would bring -pthread, which SwiftPM warns about; gobject's flags are all its headers need. On Debian 13
        // those have it too, and SwiftPM says once that it leaves it out.
        door("CVips", pkgConfig: "gobject-2.0", package: "libvips-dev"),  // Other photos, and colours.

        // The ground floor: words, and what we ask of Linux.
        room("Model", []),  // The whole vocabulary as pure values.
        room("Platform", ["Model", "CLinux", "CSystemd", "CSeccomp", "CCrypto", "CINI"]),  // Linux, typed.

        // The rooms, in the order a file walks through them.
        room("Ingest", ["Model", "Platform"]),  // The drop folder: watch, settle, take, hand back.
        room("Library", ["Model", "Platform"]),  // The tree: record, originals, staging, publishing.
        room("Ledger", ["Model", "CSQLite"]),  // Every SQL statement.
        room("Workshop", ["Model", "Platform"]),  // Worker processes: start, follow, stop; which job next.
        room(  // From an original to what is published.
            "Transcode", ["Model", "CColour", "CLibAV", "CTurboJPEG", "CVips", "CHeif"]),
        room("Status", ["Model", "Platform", "CMicrohttpd"]),  // HTTP: what is going on, and the media.
        room("Notify", ["Model", "CCurl"]),  // Telling others, by mail and by webhook.

        // The programs.
        program(  // The corridor: configuration, wiring, the whole story in Pipeline.swift.
            "flipd", ["Model", "Platform", "Ingest", "Library", "Ledger", "Workshop", "Status", "Notify"]),
        program("flip-worker", ["Model", "Platform", "Transcode"]),  // One job, one process, one sandbox.
        program("flipctl", ["Model", "Platform", "CCurl"]),  // The command line, over the status socket.

        // The tests, by room; HouseTests read the sources, SystemTests run the programs from outside.
        .target(  // What several of them need: folders of their own, and values to begin with.
            name: "Scratch", dependencies: ["Model", "Platform"], path: "Tests/Scratch", swiftSettings: house),
        tests("ModelTests", ["Model", "Platform", "Scratch"]),  // The words, and how an asset moves on.
        tests("PlatformTests", ["Model", "Platform", "Scratch"]),  // Linux, as we ask it.
        tests("IngestTests", ["Ingest", "Model", "Platform", "Scratch"]),  // The drop folder.
        tests("LibraryTests", ["Library", "Model", "Platform", "Scratch"]),  // The tree and its record.
        tests("LedgerTests", ["Ledger", "Model", "Platform", "Scratch"]),  // Every row and every question.
        tests("WorkshopTests", ["Workshop", "Model", "Platform", "Scratch"]),  // Workers and their queue.
        tests("TranscodeTests", ["Transcode", "Model", "Scratch"]),  // From the plan's table to real clips.
        tests("StatusTests", ["Status", "Model", "Platform"]),  // HTTP over a real socket.
        tests(  // Configuration, the keeper's acts, and every line of the crash table.
            "FlipdTests", ["flipd", "Ingest", "Ledger", "Library", "Model", "Notify", "Platform", "Scratch"]),
        tests("FlipctlTests", ["flipctl", "Model"]),  // What it says fits on one screen.
        .executableTarget(  // Kills a program, or lets it fail, at a call of a kind; for SystemTests.
            name: "faults", dependencies: ["CSeccomp"], path: "Tests/Faults",
            cSettings: [.enableWarning("all"), .treatAllWarnings(as: .error)]),
        tests(  // The programs, from outside.
            "SystemTests", ["flipd", "flip-worker", "flipctl", "faults", "Scratch"]),
        tests("SystemdTests", ["Model", "Platform"]),  // flipd.service under a real systemd.
        tests(  // The rules of the house.
            "HouseTests", ["Model", "Platform", "Status", "flipd", "flipctl", "flip-worker"]),
    ]
)
