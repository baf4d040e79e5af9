// A real browser without a window, driven by WebDriver: what tests do to the page is what people do, with a mouse and keys.
// It is started once, has a profile of its own, and ends with the tests.
import Foundation
import Testing

final class Browser: @unchecked Sendable {  // True because only tests that run one after the other use it.
    /// Why there is none here; nil if there is one.
    static let hindrance: String? = {
        let missing = ["chromium", "chromedriver", "curl"].filter { !Machine.has($0) }
        return missing.isEmpty ? nil : "not installed: \(missing.joined(separator: ", "))"
    }()

    enum Key: String {
        case right = "\u{E014}"
        case left = "\u{E012}"
        case down = "\u{E015}"
        case enter = "\u{E007}"
        case escape = "\u{E00C}"
        case tab = "\u{E004}"
    }

    private static let shared = Result { try Browser() }

    /// The one browser, as if it had just been started, for the page of this flipd.
    static func fresh(for flipd: Flipd) throws -> Browser {
        let browser = try shared.get()
        browser.flipd = flipd
        try browser.command("Network.clearBrowserCookies")
        try browser.go("about:blank")
        try browser.resize(width: 1280, height: 900)
        _ = try browser.complaints()
        return browser
    }

    private let driver = Process()
    private let folder: URL
    private var session = ""
    private weak var flipd: Flipd?

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flipd-browser-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let said = folder.appendingPathComponent("said")
        _ = FileManager.default.createFile(atPath: said.path, contents: nil)
        driver.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        driver.arguments = ["chromedriver", "--port=0"]
        let handle = try FileHandle(forWritingTo: said)
        driver.standardOutput = handle
        driver.standardError = handle
        driver.standardInput = FileHandle.nullDevice
        try driver.run()
        atexit { Browser.end() }

        var port: Substring?
        let end = Date() + 60
        while port == nil, Date() < end, driver.isRunning {
            usleep(50_000)
            let text = try String(contentsOf: said, encoding: .utf8)
            port = text.firstMatch(of: /successfully on port ([0-9]+)/)?.1
        }
        guard let port else { throw Machine.Failure(text: "chromedriver does not start") }
        session = "http://127.0.0.1:\(port)/session"
        let options: [String: Any] = [
            // It sees nothing but our own page, and its sandbox does not start everywhere.
            "args": [
                "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-extensions", "--disable-sync", "--force-prefers-reduced-motion",
                "--no-sandbox", "--user-data-dir=\(folder.path)/profile",
            ]
        ]
        let wanted: [String: Any] = ["goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"]]
        let made = try ask("POST", "", ["capabilities": ["alwaysMatch": wanted]]) as? [String: Any]
        session += "/\(try #require(made?["sessionId"] as? String))"
    }

    /// With its session the browser ends. Its driver listens to no gentler signal, and this late nothing could wait for it.
    private static func end() {
        guard let browser = try? shared.get() else { return }
        _ = try? browser.ask("DELETE", "")
        kill(browser.driver.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: browser.folder)
    }

    @discardableResult
    private func ask(_ method: String, _ path: String, _ body: [String: Any] = [:]) throws -> Any? {
        var line = ["curl", "-s", "--noproxy", "*", "-X", method, session + path]
        var input: String?
        if method == "POST" {
            line += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
            input = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        }
        let output = try Machine.run(line, input: input).output
        let answer = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let value = answer?["value"]
        if let failure = value as? [String: Any], failure["error"] != nil {
            throw Machine.Failure(text: "\(path): \("\(failure["message"] ?? "")".prefix(300))")
        }
        return value
    }

    @discardableResult
    private func command(_ name: String, _ parameters: [String: Any] = [:]) throws -> Any? {
        try ask("POST", "/goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    // MARK: Going

    func go(_ address: String) throws { try ask("POST", "/url", ["url": address]) }

    func resize(width: Int, height: Int, dark: Bool = false) throws {
        let size: [String: Any] = ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false]
        try command("Emulation.setDeviceMetricsOverride", size)
        let scheme = ["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]
        try command("Emulation.setEmulatedMedia", ["features": [scheme]])
    }

    // MARK: Doing

    private func element(_ selector: String) throws -> String {
        try wait(for: "document.querySelector(\(Self.quoted(selector)))")
        let found = try ask("POST", "/element", ["using": "css selector", "value": selector])
        return try #require((found as? [String: String])?.values.first)
    }

    func click(_ selector: String) throws { try ask("POST", "/element/\(try element(selector))/click") }

    func type(_ text: String, into selector: String) throws {
        let field = try element(selector)
        try ask("POST", "/element/\(field)/clear")
        try ask("POST", "/element/\(field)/value", ["text": text])
    }

    func press(_ keys: Key...) throws {
        let actions = keys.flatMap { key in
            ["keyDown", "keyUp"].map { ["type": $0, "value": key.rawValue] }
        }
        try ask("POST", "/actions", ["actions": [["type": "key", "id": "keys", "actions": actions]]])
    }

    // MARK: Seeing

    /// The value of an expression on the page.
    func value(_ expression: String) throws -> Any? {
        try ask("POST", "/execute/sync", ["script": "return \(expression)", "args": []])
    }

    func text(_ selector: String) throws -> String {
        try value("document.querySelector(\(Self.quoted(selector)))?.textContent") as? String ?? ""
    }

    func number(_ expression: String) throws -> Double { try value(expression) as? Double ?? -1 }
    func isTrue(_ expression: String) throws -> Bool { try value("Boolean(\(expression))") as? Bool ?? false }

    /// As long as the flipd behind the page gets on.
    func wait(for expression: String) throws {
        let flipd = try #require(flipd)
        if try flipd.waits(until: { try isTrue(expression) }) { return }
        let page = try value("document.body.innerText") as? String ?? ""
        throw Machine.Failure(
            text: "waited in vain until \(expression); the page says:\n\(page)\nand flipd’s log:\n\(flipd.log)")
    }

    /// What the browser complained about since it was last asked.
    func complaints() throws -> [String] {
        let lines = try ask("POST", "/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return lines.filter { ["SEVERE", "WARNING"].contains($0["level"] as? String ?? "") }
            .map { "\($0["message"] ?? "")" }
    }

    static func quoted(_ text: String) -> String {
        let data = try? JSONSerialization.data(withJSONObject: [text])
        return String(decoding: (data ?? Data()).dropFirst().dropLast(), as: UTF8.self)
    }
}
