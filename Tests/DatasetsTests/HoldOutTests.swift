import Datasets
import XCTest

final class HoldOutTests: XCTestCase {
    private func digits() throws -> any Dataset { try EmbeddedDigits().load(root: nil).train }

    private func indices(_ subset: Subset) -> [Int] { (0..<subset.count).map(subset.sourceIndex(of:)) }

    func testPartitionsAndKeepsShares() throws {
        let set = try digits()
        for fraction in [0.001, 0.1, 0.25, 0.5, 0.9] {
            let (rest, held) = try set.holdingOut(fraction, seed: 3)
            XCTAssertEqual(held.count, Int((fraction * 1437).rounded()))
            XCTAssertEqual((indices(rest) + indices(held)).sorted(), Array(0..<1437))
            XCTAssertEqual(indices(rest), indices(rest).sorted())
            for label in 0..<10 {
                let all = (0..<1437).filter { set.label(at: $0) == label }.count
                let part = (0..<held.count).filter { held.label(at: $0) == label }.count
                XCTAssertLessThan(abs(Double(part) - fraction * Double(all)), 1.01, "\(label) at \(fraction)")
            }
        }
    }

    func testIsAPureFunctionOfTheSeed() throws {
        let set = try digits()
        let first = indices(try set.holdingOut(0.1, seed: 3).held)
        XCTAssertEqual(indices(try set.holdingOut(0.1, seed: 3).held), first)
        XCTAssertNotEqual(indices(try set.holdingOut(0.1, seed: 4).held), first)
    }

    func testViewsAndViewsOfViews() throws {
        let set = try digits()
        let (rest, held) = try set.holdingOut(0.3, seed: 5)
        checkLaws(rest, "rest")
        let inner = try rest.holdingOut(0.5, seed: 6).held
        checkLaws(inner, "view of a view")
        XCTAssert(Set(indices(inner)).isDisjoint(with: indices(held)))
        for subset in [held, inner] {
            for index in [0, 7, subset.count - 1] {
                XCTAssertEqual(batch(subset, [index]).features, batch(set, [subset.sourceIndex(of: index)]).features)
            }
        }
    }

    func testSharesThatCannotBe() throws {
        let set = try digits()
        for fraction in [-0.1, 1, 1.5, .nan, 0.0001, 0.9999] {
            XCTAssertEqual(datasetError { _ = try set.holdingOut(fraction, seed: 1) }?.code, .invalidOption)
        }
    }
}
