import ArgumentParser
import Configuration
import HTTPServer
import Logging
import NetworkAddresses
import Storage

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Runs the gate.",
    discussion: """
      Prints `gatehouse: listening on http://HOST:PORT` on standard output once it accepts connections, one line for each address, and
      `gatehouse: listening on unix:PATH` for a Unix socket; logs on standard error.
      Sockets that systemd hands over are listened on in place of the configured addresses, and systemd is told the state.
      SIGTERM and SIGINT stop it after the requests under way; SIGHUP reads the configuration and its secret files anew.
      Example: gatehouse serve --config config/gatehouse.yaml
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "HOST:PORT or unix:PATH instead of server.listen; port 0 picks a free one.")
  var listen: String?

  func run() async throws {
    let configuration = try options.load()
    let log = makeLog(configuration.log)
    let manager = try ServiceManager.meet()
    let addresses = manager.sockets.isEmpty ? try listen.map { [try listenAddress($0)] } ?? configuration.server.listen : []
    if !manager.sockets.isEmpty {
      log.notice(
        "listening on sockets that were handed over, in place of server.listen", metadata: ["count": "\(manager.sockets.count)"])
    }
    // Asked for before it is known where the server listens: whoever reads that line may send a signal at once.
    let signals = Signals.stream()
    let server: GatehouseServer
    let bound: [ListenAddress]
    do {
      server = try GatehouseServer(configuration: configuration, from: options.path, log: log)
      bound = try server.start(at: addresses, inherited: manager.sockets)
    } catch let error as StorageError {
      // The database says no: another server has it, a newer program wrote it, the disk does not take it.
      throw Failure.no("\(error)")
    } catch let error as ListenError {
      let place = addresses.isEmpty ? "" : " The address is --listen, or server.listen in \(options.path)."
      throw Failure.usage(error.message + place)
    } catch {
      throw Failure.usage("\(error)")
    }
    // First what most readers wait for.
    let places = bound.compactMap(\.url) + bound.filter { $0.url == nil }.map { "\($0)" }
    // In one write: who has read the first line has all.
    printLine(places.map { "gatehouse: listening on \($0)" }.joined(separator: "\n"))
    manager.tell(.ready, log: log)
    log.notice(
      "serving",
      metadata: [
        "version": "\(Version.text)", "address": "\(bound.map(\.description).joined(separator: ", "))",
        "database": "\(configuration.database.path)",
        "services": "\(configuration.plan.services.count)", "gitlab": "\(configuration.gitlab.map(\.name).joined(separator: ", "))",
      ])
    for await wish in signals {
      switch wish {
      case .stop:
        manager.tell(.stopping, log: log)
        log.notice("stopping: no new requests, finishing those under way")
        await server.shutDown()
        log.notice("stopped")
        return
      case .reload:
        manager.tell(.reloading, log: log)
        await reload(server, log: log)
        manager.tell(.ready, log: log)
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
  do throws(ListenAddress.Fault) {
    return try ListenAddress(text)
  } catch {
    throw Failure.usage("--listen \(error.rawValue), not '\(terminalSafe(text))'")
  }
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
