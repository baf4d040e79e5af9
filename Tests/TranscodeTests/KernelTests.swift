// The fast way of mapping colours against the exact one, and the exact one against what must be true.
import Testing
import Transcode

@Suite struct KernelTests {
    static let kinds: [Colour] = [
        kind(.hlg, .bt2020, .bt2020), kind(.hlg, .p3, .bt709), kind(.hlg, .bt709, .bt601),
        kind(.pq, .bt2020, .bt2020), kind(.pq, .bt2020, .bt2020, peak: 4000),
        kind(.pq, .p3, .bt709, peak: 90_000),
        kind(.sdr, .p3, .bt601), kind(.sdr, .bt2020, .bt2020), kind(.sdr, .ebu, .bt601),
        kind(.unknown, .smpteC, .bt601),
    ]

    private static func kind(
        _ transfer: Colour.Transfer, _ primaries: Colour.Primaries, _ matrix: Colour.Matrix, peak: Double? = nil
    ) -> Colour {
        var colour = Colour()
        (colour.transfer, colour.primaries, colour.matrix) = (transfer, primaries, matrix)
        colour.peak = peak
        return colour
    }

    @Test(arguments: kinds) func greyStaysGreyAndGetsBrighter(colour: Colour) {
        let samples = (0..<1024).map(UInt16.init)
        let made = Picture<UInt16>(width: 2048, height: 2) { column, _ in
            (samples[column / 2], 512, 512)
        }.mapped(by: colour)
        #expect(made.cb.allSatisfy { (127...129).contains($0) })
        #expect(made.cr.allSatisfy { (127...129).contains($0) })
        // Where the curve is flat, a step of the tables may come out as one of the result.
        let brighter = zip(made.luma.prefix(2048), made.luma.prefix(2048).dropFirst())
        #expect(brighter.allSatisfy { $0 <= $1 + 1 })
        #expect(made.luma.first == 16 && made.luma[2 * 940] == 235)
    }

    @Test func paperIsJustBelowWhiteInBothKinds() {
        let hlg = ColourMap(Self.kinds[0]).ordinary(luma: 64 + 876 * 0.75, cb: 512, cr: 512)
        let pq = ColourMap(Self.kinds[3]).ordinary(luma: 64 + 876 * LightTests.pq(203), cb: 512, cr: 512)
        #expect((0.6...0.75).contains(Light.ofScreen(sdr: hlg.x)))
        #expect(abs(hlg.x - pq.x) < 0.01)
    }

    @Test func lightKeepsItsHueAndItsOrder() {
        // A skin, a leaf and a sky, each once in the shade and once ten times as bright.
        let map = ColourMap(Self.kinds[0])
        for colour in [SIMD3(0.060, 0.040, 0.030), SIMD3(0.030, 0.050, 0.020), SIMD3(0.030, 0.045, 0.070)] {
            let (dark, bright) = (Self.shown(colour, map), Self.shown(colour * 10, map))
            #expect(bright.min() > dark.min())
            let (before, after) = (dark / dark.max(), bright / bright.max())
            // A light beyond white may fade, but red stays to green as it was to blue.
            let hue = { (light: SIMD3<Double>) in
                (light.x - light.z, light.y - light.z, light.max() - light.min())
            }
            let (old, new) = (hue(before), hue(after))
            #expect(abs(old.0 / old.2 - new.0 / new.2) < 1e-3 && abs(old.1 / old.2 - new.1 / new.2) < 1e-3)
        }
    }

    /// Light on an ordinary screen, of light before a camera that writes HLG.
    private static func shown(_ scene: SIMD3<Double>, _ map: ColourMap) -> SIMD3<Double> {
        let signal = (LightTests.hlg(scene.x), LightTests.hlg(scene.y), LightTests.hlg(scene.z))
        let luma = 0.2627 * signal.0 + 0.678 * signal.1 + 0.0593 * signal.2
        let made = map.ordinary(
            luma: 64 + 876 * luma, cb: 512 + 896 * (signal.2 - luma) / 1.8814,
            cr: 512 + 896 * (signal.0 - luma) / 1.4746)
        return SIMD3(Light.ofScreen(sdr: made.x), Light.ofScreen(sdr: made.y), Light.ofScreen(sdr: made.z))
    }

    @Test(arguments: kinds, [(64, 36, 0), (519, 3, 5), (33, 17, 7), (1, 1, 3), (2, 5, 1)])
    func theKernelDoesWhatTheMapSays(colour: Colour, shape: (Int, Int, Int)) {
        var random = Noise(seed: 7)
        // Real pictures stay in the range; noise of any ten bits must not lead astray either.
        for limits in [UInt16(64)...940, 0...1023, 400...600] {
            let sample = { UInt16.random(in: limits, using: &random) }
            let picture = Picture<UInt16>(width: shape.0, height: shape.1, padding: shape.2) { _, _ in
                (sample(), sample(), sample())
            }
            #expect(picture.mapped(by: colour).difference(from: picture.exact(colour)) <= 1)
        }
    }

    @Test(arguments: [2, 3, 7, 16]) func severalThreadsMakeTheSame(threads: Int) {
        var random = Noise(seed: 7)
        for height in [1, 2, 5, 36] {
            let picture = Picture<UInt16>(width: 64, height: height) { _, _ in
                (.random(in: 0...1023, using: &random), .random(in: 0...1023, using: &random), 512)
            }
            let made = picture.mapped(by: Self.kinds[0], threads: threads)
            #expect(made.difference(from: picture.mapped(by: Self.kinds[0])) == 0)
        }
    }
}

/// Always the same noise.
private struct Noise: RandomNumberGenerator {
    var seed: UInt64

    mutating func next() -> UInt64 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return seed ^ seed >> 29
    }
}

/// Three planes, whose rows are `padding` samples longer than the picture is wide.
private struct Picture<Sample: FixedWidthInteger> {
    let (width, height, padding): (Int, Int, Int)
    var (luma, cb, cr): ([Sample], [Sample], [Sample])

    private var columns: Int { (width + 1) / 2 }
    private var rows: Int { (height + 1) / 2 }

    init(width: Int, height: Int, padding: Int = 0, _ pixel: (Int, Int) -> (Sample, Sample, Sample)) {
        (self.width, self.height, self.padding) = (width, height, padding)
        let small = [Sample](repeating: 0, count: ((width + 1) / 2 + padding) * ((height + 1) / 2))
        (luma, cb, cr) = ([Sample](repeating: 0, count: (width + padding) * height), small, small)
        for row in 0..<height {
            for column in 0..<width {
                let (luma, cb, cr) = pixel(column, row)
                self.luma[row * (width + padding) + column] = luma
                self.cb[row / 2 * (columns + padding) + column / 2] = cb
                self.cr[row / 2 * (columns + padding) + column / 2] = cr
            }
        }
    }

    private mutating func withPlanes(_ work: (Planes<Sample>) -> Void) {
        let (lumaStride, colourStride) = (width + padding, columns + padding)
        luma.withUnsafeMutableBufferPointer { luma in
            cb.withUnsafeMutableBufferPointer { cb in
                cr.withUnsafeMutableBufferPointer { cr in
                    guard let luma = luma.baseAddress, let cb = cb.baseAddress, let cr = cr.baseAddress else {
                        return
                    }
                    work(Planes(luma: luma, lumaStride, cb: cb, colourStride, cr: cr, colourStride))
                }
            }
        }
    }

    func mapped(by colour: Colour, threads: Int = 1) -> Picture<UInt8> where Sample == UInt16 {
        var source = self
        var result = Picture<UInt8>(width: width, height: height, padding: padding) { _, _ in (0, 0, 0) }
        source.withPlanes { from in
            result.withPlanes {
                ColourKernel(ColourMap(colour)).map(
                    from, to: $0, width: width, height: height, threads: threads)
            }
        }
        return result
    }

    /// The same by `ColourMap`, pixel by pixel; where a side is odd, its last pixels count twice.
    func exact(_ colour: Colour) -> Picture<UInt8> where Sample == UInt16 {
        let map = ColourMap(colour)
        let ordinary = { (column: Int, row: Int) -> SIMD3<Double> in
            let small = row / 2 * (columns + padding) + column / 2
            return map.ordinary(
                luma: Double(luma[row * (width + padding) + column]), cb: Double(cb[small]),
                cr: Double(cr[small]))
        }
        let (red, blue) = Colour.Matrix.bt709.shares
        let shares = SIMD3(red, 1 - red - blue, blue)
        return Picture<UInt8>(width: width, height: height, padding: padding) { column, row in
            let (left, top) = (column / 2 * 2, row / 2 * 2)
            let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
            var mean = ordinary(left, top) + ordinary(right, top)
            mean += ordinary(left, bottom) + ordinary(right, bottom)
            mean /= 4
            let grey: Double = (mean * shares).sum()
            let luma: Double = 16 + 219 * (ordinary(column, row) * shares).sum()
            let cb: Double = 128 + 112 * (mean.z - grey) / (1 - blue)
            let cr: Double = 128 + 112 * (mean.x - grey) / (1 - red)
            return (UInt8(luma.rounded()), UInt8(cb.rounded()), UInt8(cr.rounded()))
        }
    }

    func difference(from other: Picture) -> Int {
        var most = 0
        for (ours, theirs) in [(luma, other.luma), (cb, other.cb), (cr, other.cr)] {
            for (mine, yours) in zip(ours, theirs) { most = max(most, abs(Int(mine) - Int(yours))) }
        }
        return most
    }
}
