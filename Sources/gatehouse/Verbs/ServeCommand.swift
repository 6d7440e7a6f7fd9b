import ArgumentParser
import Configuration
import HTTPServer
import Logging
import Storage

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Runs the gate.",
    discussion: """
      Prints `gatehouse: listening on http://HOST:PORT` on standard output once it accepts connections; logs on standard error.
      SIGTERM and SIGINT stop it after the requests under way; SIGHUP reads the configuration and its secret files anew.
      Example: gatehouse serve --config config/gatehouse.yaml
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "HOST:PORT instead of server.listen; port 0 picks a free one.")
  var listen: String?

  func run() async throws {
    let configuration = try options.load()
    let log = makeLog(configuration.log)
    let address = try listenAddress(listen ?? configuration.server.listen)
    // Asked for before it is known where the server listens: whoever reads that line may send a signal at once.
    let signals = Signals.stream()
    let server: GatehouseServer
    let bound: ListenAddress
    do {
      server = try GatehouseServer(configuration: configuration, log: log)
      bound = try server.start(at: address)
    } catch let error as StorageError {
      // The database says no: another server has it, a newer program wrote it, the disk does not take it.
      throw Failure.no("\(error)")
    } catch let error as ListenError {
      throw Failure.usage("\(error.message) The address is --listen, or server.listen in \(options.path).")
    } catch {
      throw Failure.usage("\(error)")
    }
    printLine("gatehouse: listening on http://\(bound)")
    log.notice(
      "serving",
      metadata: [
        "version": "\(Version.text)", "address": "\(bound)", "database": "\(configuration.database.path)",
        "services": "\(configuration.plan.services.count)", "gitlab": "\(configuration.gitlab.map(\.name).joined(separator: ", "))",
      ])
    for await wish in signals {
      switch wish {
      case .stop:
        log.notice("stopping: no new requests, finishing those under way")
        await server.shutDown()
        log.notice("stopped")
        return
      case .reload: await reload(server, log: log)
      }
    }
  }

  /// A wrong configuration is named and refused; the one in force stays.
  private func reload(_ server: GatehouseServer, log: Logger) async {
    do {
      let configuration = try Configuration.load(path: options.path, environment: processEnvironment())
      try await server.reload(configuration)
    } catch {
      log.error("the new configuration is refused, the old one stays in force", metadata: ["problems": "\(error)"])
    }
  }
}

func listenAddress(_ text: String) throws -> ListenAddress {
  guard let address = ListenAddress(text) else {
    throw Failure.usage("'\(text)' is no address to listen on; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
  }
  return address
}

func makeLog(_ settings: Configuration.Log) -> Logger {
  let format: LineLogHandler.Format =
    switch settings.format {
    case .auto: .forStandardError
    case .json: .json
    case .text: .text
    }
  let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
  return Logger(label: "gatehouse") { _ in LineLogHandler(logLevel: level, format: format) }
}
