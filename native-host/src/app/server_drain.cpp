// Draining: readiness first, then listeners, idle connections, and finished ones.
#include <boost/asio/post.hpp>

#include "app/server_impl.hpp"
#include "base/log.hpp"

namespace portcullis::bff {

/// Readiness first: load balancers stop sending new requests while everything is still served.
/// Answers close their connections in the meantime, so that few idle proxy connections remain.
void Server::Impl::begin_drain(std::chrono::seconds grace) {
  draining = true;
  app->load.draining = true;
  close_at = std::chrono::steady_clock::now() + grace;
  if (grace.count() == 0) {
    close_listeners();
  } else {
    log_event(LogLevel::kInfo, "leaving",
              "no longer ready; accepting connections for another " +
                  std::to_string(grace.count()) + " s");
  }
}

void Server::Impl::close_listeners() {
  closing = true;
  app->load.closing = true;
  drain_until = std::chrono::steady_clock::now() + options.drain;
  log_event(LogLevel::kInfo, "draining", "no new connections; running requests may finish");
  for (const auto& worker_thread : worker_threads) {
    boost::asio::post(worker_thread->worker.context, [worker_thread = worker_thread.get()] {
      // The operators' listener stays until the end: /readyz must answer 503.
      for (Listener& listener : worker_thread->listeners) {
        if (!listener.stays()) listener.stop();
      }
      for (ConnectionLink& connection : worker_thread->worker.connections) connection.drain();
    });
  }
  close_streams();
}

/// Streams never finish by themselves; their clients reconnect elsewhere. Called repeatedly: one
/// may have been requested on the last accepted connection.
void Server::Impl::close_streams() {
  state->streams.close_if([](const StreamInfo& stream) {
    // The streamed answer of a call ends by itself.
    const bool call = stream.kind == StreamKind::kPluginRequest ||
                      (stream.kind == StreamKind::kPluginStream && !stream.sse);
    return call ? Code::kAllowed : Code::kOverloaded;
  });
}

bool Server::Impl::idle() {
  return app->load.connections.load() <= 0 && app->load.listening.load() <= 0;
}

void Server::Impl::end_all() {
  for (const auto& worker_thread : worker_threads) {
    boost::asio::post(worker_thread->worker.context,
                      [worker_thread = worker_thread.get()] { worker_thread->end(); });
  }
}

}  // namespace portcullis::bff
