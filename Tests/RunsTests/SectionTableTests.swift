import Runs
import SettingsTestSupport
import Training
import XCTest

/// The sections of a configuration follow the laws of tables.
final class SectionTableTests: XCTestCase {
    func testEachPropertyHasASettingWithADefaultInItsLimits() {
        assertTableLaws(Configuration.Data.self, base: ["format": "digits"])
        assertTableLaws(Configuration.Training.self)
        assertTableLaws(Configuration.Model.self, base: ["preset": "mlp"])
        assertTableLaws(Configuration.Averaging.self, base: ["form": "exponential"])
        assertTableLaws(Configuration.Reproducible.self)
        assertTableLaws(Configuration.Reduction.self)
        assertTableLaws(Checkpointing.self)
        assertTableLaws(Configuration.Output.self)
    }
}
