// How the server leaves: readiness, then the listeners, then what is idle, then what is done.
#include <boost/asio/post.hpp>

#include "app/server_impl.hpp"
#include "base/log.hpp"

namespace portcullis::bff {

/// Readiness goes first: who asks /readyz sends nothing here any more while everything is still
/// served. Answers end their connections meanwhile, so that a proxy's idle ones become few.
void Server::Impl::begin_drain(std::chrono::seconds grace) {
  draining = true;
  app->load.draining = true;
  close_at = std::chrono::steady_clock::now() + grace;
  if (grace.count() == 0) {
    close_listeners();
  } else {
    log_event(LogLevel::kInfo, "leaving",
              "not ready any more; connections are taken for another " +
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
      // The operators' listener answers until the end: /readyz has to say 503.
      for (Listener& listener : worker_thread->listeners) {
        if (!listener.stays()) listener.stop();
      }
      for (ConnectionLink& connection : worker_thread->worker.connections) connection.drain();
    });
  }
  close_streams();
}

/// Streams never finish by themselves; their clients connect again elsewhere. Again and again: one
/// may have been asked for on a connection that was accepted last.
void Server::Impl::close_streams() {
  state->streams.close_if([](const StreamInfo& stream) {
    // A call's answer that streams ends by itself, too.
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
