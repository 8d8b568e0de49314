#include "app/server.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "app/reload.hpp"
#include "app/server_impl.hpp"
#include "base/host_name.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"

namespace portcullis::bff {

namespace {

constexpr std::chrono::milliseconds kTick{100};

std::string problems_text(const std::vector<ConfigProblem>& problems) {
  std::string out;
  for (const ConfigProblem& problem : problems) {
    if (!out.empty()) out += '\n';
    out += to_string(problem);
  }
  return out;
}

}  // namespace

std::string Server::Impl::open(const Clock& clock) {
  StateOptions state_options;
  state_options.folder = options.state;
  state_options.version = PORTCULLIS_VERSION;
  state_options.streams = options.streams;
  auto opened = SharedState::open(state_options, clock);
  if (auto* problem = std::get_if<std::string>(&opened)) return std::move(*problem);
  state = std::move(std::get<std::unique_ptr<SharedState>>(opened));
  LoadOptions load;
  load.config_dir = options.config;
  load.plugins_dir = options.plugins;
  load.clock = &clock;
  load.on_loopback = is_loopback(options.host);
  app = std::make_unique<App>(*state, std::move(load));
  app->spa_override = options.spa;
  app->catalogue.also_check([this](const Settings& settings, std::vector<ConfigProblem>& problems) {
    std::string sentence = OperatorToken::problem_with(token_file(*app, settings));
    if (sentence.empty()) return;
    ConfigProblem problem;
    problem.where.file = "settings.yaml";
    problem.pointer = "/operator_token_file";
    problem.message = std::move(sentence);
    problems.push_back(std::move(problem));
  });
  app->settings_changed = [this](const Settings& settings) {
    for (const auto& worker_thread : worker_threads) {
      boost::asio::post(worker_thread->worker.context,
                        [worker_thread = worker_thread.get(), now = timeouts_of(settings),
                         head = settings.limits.head] {
                          worker_thread->worker.timeouts = now;
                          worker_thread->worker.head_limits = head;
                        });
    }
  };
  ReloadOutcome outcome = reload(*app);
  if (!outcome.ok) return problems_text(outcome.problems);
  for (const ConfigProblem& problem : outcome.problems) {
    log_event(LogLevel::kWarning, "config", to_string(problem));
  }
  if (!app->operator_token.create_if_missing()) {
    log_event(LogLevel::kWarning, "operator_token", "the token file cannot be written");
  }
  return {};
}

std::string Server::Impl::bind() {
  auto main = BoundSockets::open(options.host, options.port, options.threads);
  if (auto* problem = std::get_if<std::string>(&main)) return std::move(*problem);
  // Both listen on loopback unless configured otherwise: metrics name tenants, and the PDP trusts
  // its callers.
  const std::string own = is_loopback(options.host) ? options.host : "127.0.0.1";
  const std::string ops_host = options.metrics_host.empty() ? own : options.metrics_host;
  const std::string pdp_host = options.pdp_host.empty() ? own : options.pdp_host;
  auto metrics = BoundSockets::open(ops_host, options.metrics_port, 1);
  if (auto* problem = std::get_if<std::string>(&metrics)) return std::move(*problem);
  std::optional<BoundSockets> pdp_port;
  if (options.pdp_port >= 0) {
    auto opened = BoundSockets::open(pdp_host, static_cast<std::uint16_t>(options.pdp_port), 1);
    if (auto* problem = std::get_if<std::string>(&opened)) return std::move(*problem);
    pdp_port.emplace(std::move(std::get<BoundSockets>(opened)));
  }
  url = std::get<BoundSockets>(main).url();
  metrics_url = std::get<BoundSockets>(metrics).url();
  if (!is_loopback(options.host) && options.metrics_host.empty()) {
    log_event(LogLevel::kInfo, "metrics",
              "metrics and probes listen on " + metrics_url +
                  ", which only this machine can reach; use --metrics-host for another address");
  }
  if (pdp_port && !is_loopback(options.host) && options.pdp_host.empty()) {
    log_event(LogLevel::kInfo, "pdp",
              "the PDP listens on " + pdp_port->url() +
                  ", which only this machine can reach; use --pdp-host for another address");
  }
  ops = std::make_unique<OpsService>(
      OpsService::Parts{.exposition = [this] { return state->metrics.text(); },
                        .exposition_type = PrometheusMetrics::content_type(),
                        .ready = [this] { return app->ready && !app->load.draining; }});
  const ServingStatePtr serving = app->serving_states.get();
  const Settings& settings = serving->snapshot->settings;
  const Timeouts timeouts = timeouts_of(settings);
  for (unsigned i = 0; i < options.threads; ++i) {
    worker_threads.push_back(std::make_unique<WorkerThread>(*app, timeouts));
    WorkerThread& worker_thread = *worker_threads.back();
    worker_thread.worker.head_limits = settings.limits.head;
    worker_thread.listeners.emplace_back(
        worker_thread.worker, worker_thread.gateway,
        std::get<BoundSockets>(main).take(worker_thread.worker.context), true);
  }
  WorkerThread& first = *worker_threads.front();
  first.listeners.emplace_back(first.worker, *ops,
                               std::get<BoundSockets>(metrics).take(first.worker.context), false);
  if (pdp_port) {
    pdp_url = pdp_port->url();
    pdp = std::make_unique<PdpService>(
        PdpService::Parts{app->serving_states, state->blocking, state->bodies, pdp_url});
    first.listeners.emplace_back(first.worker, *pdp, pdp_port->take(first.worker.context), true);
  }
  return {};
}

Timeouts Server::Impl::timeouts_of(const Settings& settings) const {
  Timeouts out = options.timeouts;
  const TimeoutSettings& wished = settings.timeouts;
  out.head = wished.head.value_or(out.head);
  out.idle = wished.idle.value_or(out.idle);
  out.body_piece = wished.body.value_or(out.body_piece);
  out.write = wished.write.value_or(out.write);
  return out;
}

void Server::Impl::reload_in_background() {
  state->blocking.post({BlockingWork::Lane::kSlow, {}, {}}, [this] {
    const ReloadOutcome outcome = reload(*app);
    AuditRecord record;
    record.event = "refresh";
    record.outcome = outcome.ok ? "ok" : "rejected";
    record.actor = "signal";
    state->audit->act(record);
    log_event(outcome.ok ? LogLevel::kInfo : LogLevel::kError,
              outcome.ok ? "reloaded" : "reload_rejected", problems_text(outcome.problems));
  });
}

void Server::Impl::on_signal() {
  signals->async_wait([this](const error_code& error, int number) {
    if (error) return;
    if (number == SIGHUP) {
      reload_in_background();
    } else if (draining) {
      end_all();  // second signal: end immediately
      return;
    } else {
      begin_drain(number == SIGTERM ? options.drain_grace : std::chrono::seconds(0));
    }
    on_signal();
  });
}

void Server::Impl::housekeeping() {
  const SteadyTime now = state->clock.steady();
  if (now - last_sweep < std::chrono::seconds(1)) return;
  last_sweep = now;
  // At most one sweep is queued, so that a slow disk does not accumulate them.
  if (!sweeping.exchange(true)) {
    state->blocking.post({BlockingWork::Lane::kCalls, {}, {}}, [this] {
      state->sweep();
      app->tell_quotas();
      sweeping = false;
    });
  }
  if (!telling_time.exchange(true)) {
    state->blocking.post({BlockingWork::Lane::kSlow, {}, {}}, [this] {
      tell_time_to_keys(*app);
      follow_site(*app);
      telling_time = false;
    });
  }
  const std::int64_t open = app->load.connections.load();
  state->metrics.connections(open - connections_seen);
  connections_seen = open;
  for (const std::uint64_t refused = app->load.refused.load(); refused_seen < refused;
       ++refused_seen) {
    state->metrics.connection_refused();
  }
}

void Server::Impl::on_tick() {
  tick->expires_after(kTick);
  tick->async_wait([this](const error_code& error) {
    if (error) return;
    housekeeping();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (closing) close_streams();
    if (draining && !closing && now >= close_at) close_listeners();
    if (closing && (idle() || now >= drain_until)) {
      end_all();
      return;
    }
    on_tick();
  });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  if (!impl_) return;
  // Coroutines hold parts of the state, so their contexts end first.
  if (impl_->state) impl_->state->blocking.wait();
  impl_->signals.reset();
  impl_->tick.reset();
  impl_->worker_threads.clear();
  impl_->pdp.reset();
  impl_->ops.reset();
  impl_->app.reset();
  impl_->state.reset();
}

std::variant<std::unique_ptr<Server>, std::string> Server::start(const ServerOptions& options,
                                                                 const Clock& clock) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->options.threads = std::max(1U, options.threads);
  std::unique_ptr<Server> server(new Server(std::move(impl)));
  std::string problem = server->impl_->open(clock);
  if (problem.empty()) problem = server->impl_->bind();
  if (!problem.empty()) return problem;
  return server;
}

const std::string& Server::url() const noexcept { return impl_->url; }
const std::string& Server::metrics_url() const noexcept { return impl_->metrics_url; }
const std::string& Server::pdp_url() const noexcept { return impl_->pdp_url; }
App& Server::app() noexcept { return *impl_->app; }

std::string Server::ready_line() const {
  std::string line;
  JsonObject object(line);
  object.text("event", "ready").text("url", impl_->url).text("metrics_url", impl_->metrics_url);
  if (impl_->pdp_url.empty()) {
    object.raw("pdp_url", "null");
  } else {
    object.text("pdp_url", impl_->pdp_url);
  }
  object.close();
  return line;
}

void Server::run(bool signals) {
  Impl& impl = *impl_;
  if (signals) {
    std::signal(SIGPIPE, SIG_IGN);
    impl.signals = std::make_unique<boost::asio::signal_set>(impl.main_context(), SIGTERM, SIGINT);
    impl.signals->add(SIGHUP);
    impl.on_signal();
  }
  impl.tick = std::make_unique<boost::asio::steady_timer>(impl.main_context());
  impl.on_tick();
  for (const auto& worker_thread : impl.worker_threads) {
    for (Listener& listener : worker_thread->listeners) listener.start();
  }
  impl.app->ready = true;
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < impl.worker_threads.size(); ++i) {
    threads.emplace_back([worker_thread = impl.worker_threads[i].get()] {
      const auto guard = boost::asio::make_work_guard(worker_thread->worker.context);
      worker_thread->worker.context.run();
    });
  }
  const auto guard = boost::asio::make_work_guard(impl.main_context());
  impl.main_context().run();
  for (std::thread& thread : threads) thread.join();
  impl.app->ready = false;
}

void Server::stop() {
  boost::asio::post(impl_->main_context(), [impl = impl_.get()] {
    if (!impl->draining) impl->begin_drain(impl->options.drain_grace);
  });
}

}  // namespace portcullis::bff
