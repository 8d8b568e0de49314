// An upstream on a loopback port that does exactly what a test specifies: answers in pieces,
// closes, resets, sends garbage or never answers. Runs on the test's io_context.
#pragma once

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/asio.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff::testing {

/// One accepted connection.
class Peer {
 public:
  Peer(Tcp::socket socket, std::size_t number) : number_(number), socket_(std::move(socket)) {}

  /// The index of the connection, from 0.
  std::size_t number() const { return number_; }
  Tcp::socket& socket() { return socket_; }

  /// Reads a request's head including the blank line; empty if the peer closed.
  asio::awaitable<std::string> read_head() {
    error_code error;
    const std::size_t size =
        co_await asio::async_read_until(socket_, asio::dynamic_buffer(pending_), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return "";
    std::string head = pending_.substr(0, size);
    pending_.erase(0, size);
    co_return head;
  }

  /// Reads exactly this many bytes; fewer if the peer closed.
  asio::awaitable<std::string> read(std::size_t size) {
    error_code error;
    while (pending_.size() < size && !error) {
      std::string more(65536, '\0');
      const std::size_t got = co_await socket_.async_read_some(
          asio::buffer(more), asio::redirect_error(asio::use_awaitable, error));
      pending_.append(more, 0, got);
    }
    std::string text = pending_.substr(0, size);
    pending_.erase(0, text.size());
    co_return text;
  }

  /// Reads up to and including `end`.
  asio::awaitable<std::string> read_until(std::string end) {
    error_code error;
    const std::size_t size =
        co_await asio::async_read_until(socket_, asio::dynamic_buffer(pending_), end,
                                        asio::redirect_error(asio::use_awaitable, error));
    std::string text = pending_.substr(0, error ? pending_.size() : size);
    pending_.erase(0, text.size());
    co_return text;
  }

  asio::awaitable<bool> write(std::string text) {
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  // GCC 12 miscompiles `while (co_await ...)`: loops here and in tests store the value in a
  // variable first.

  /// Answers every request with the same bytes until the peer closes.
  asio::awaitable<void> answer_all(std::string bytes) {
    for (;;) {
      const std::string head = co_await read_head();
      if (head.empty()) co_return;
      co_await write(bytes);
    }
  }

  /// Writes the same bytes repeatedly until the peer closes; counts them.
  asio::awaitable<void> flood(std::string bytes, std::uint64_t* sent = nullptr) {
    for (;;) {
      const bool open = co_await write(bytes);
      if (!open) co_return;
      if (sent != nullptr) *sent += bytes.size();
    }
  }

  /// Waits until the peer closes or resets.
  asio::awaitable<void> closed() {
    error_code error;
    std::string ignored(65536, '\0');
    while (!error) {
      co_await socket_.async_read_some(asio::buffer(ignored),
                                       asio::redirect_error(asio::use_awaitable, error));
    }
  }

  void close() {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  /// Sends RST instead of FIN.
  void reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  std::size_t number_;
  Tcp::socket socket_;
  std::string pending_;
};

class ScriptedUpstream {
 public:
  using Script = std::function<asio::awaitable<void>(Peer&)>;

  ScriptedUpstream(asio::io_context& context, Script script)
      : state_(std::make_shared<State>(context, std::move(script))) {
    asio::co_spawn(context, accept(state_), asio::detached);
  }
  ~ScriptedUpstream() {
    error_code ignored;
    state_->acceptor.close(ignored);
  }
  ScriptedUpstream(const ScriptedUpstream&) = delete;
  ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;

  std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
  std::size_t connections() const { return state_->connections; }
  /// Stops accepting; open connections stay.
  void stop_listening() {
    error_code ignored;
    state_->acceptor.close(ignored);
  }
  UpstreamTarget target() const {
    return std::get<UpstreamTarget>(
        parse_upstream_url("test", "http://127.0.0.1:" + std::to_string(port())));
  }

 private:
  struct State {
    State(asio::io_context& context, Script what)
        : acceptor(context, Tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
          script(std::move(what)) {}
    Tcp::acceptor acceptor;
    Script script;
    std::size_t connections = 0;
  };

  static asio::awaitable<void> accept(std::shared_ptr<State> state) {
    for (;;) {
      error_code error;
      Tcp::socket socket =
          co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      auto executor = state->acceptor.get_executor();
      asio::co_spawn(executor, serve(state, std::move(socket), state->connections++),
                     asio::detached);
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<State> state, Tcp::socket socket,
                                     std::size_t number) {
    socket.set_option(Tcp::no_delay(true));
    Peer peer(std::move(socket), number);
    co_await state->script(peer);
  }

  std::shared_ptr<State> state_;
};

/// A port on which nothing listens.
inline std::uint16_t closed_port(asio::io_context& context) {
  Tcp::acceptor acceptor(context, Tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace portcullis::bff::testing
