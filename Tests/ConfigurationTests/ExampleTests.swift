import ChangeControl
import Testing

@testable import Configuration

@Suite struct ExampleTests {
  @Test(arguments: ["config/gatehouse.yaml", "config/gatehouse.minimal.yaml"]) func loadsWithoutAWarning(_ name: String) throws {
    let configuration = try Configuration.load(path: clonePath(name), environment: exampleEnvironment)
    #expect(configuration.warnings.isEmpty)
    #expect(configuration.gitlab.first?.token.reveal() == "example-token")
    #expect(configuration.gitlab.first?.webhookToken?.reveal() == "example-webhook-token")
  }
}
