#include "http/head_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <limits>

#include "base/asio.hpp"

namespace portcullis::bff {

namespace {

using boost::beast::string_view;
using HttpError = boost::beast::http::error;

std::string_view view_of(string_view text) noexcept { return {text.data(), text.size()}; }

class HeadReader final : public beast::http::basic_parser<true> {
 public:
  explicit HeadReader(Request& out) : out_(out), rules_(out) {
    eager(false);
    // HeadScanner has checked the size.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

  HeadProblem read(std::string_view head, bool need_host) {
    error_code error;
    const std::size_t used = put(asio::const_buffer(head.data(), head.size()), error);
    if (problem_.code != Code::kAllowed) return problem_;
    if (out_.method.empty()) return problem_of_line(error, head);
    // need_more after a complete head refers to its body.
    if (error && error != HttpError::need_more) return problem_of(error);
    if (!is_header_done() || used != head.size()) return kMalformedHead;
    return rules_.finish(need_host);
  }

 private:
  /// Beast checks a field before passing it on, so some fields never reach HeadRules.
  [[nodiscard]] HeadProblem problem_of(const error_code& error) const {
    if (error == HttpError::bad_field || error == HttpError::bad_value) return kMalformedHead;
    // Errors of Content-Length and Transfer-Encoding: the set of codes differs between versions.
    return out_.chunked || out_.content_length
               ? HeadProblem{Code::kBadRequest, "ambiguous framing of the body"}
               : HeadProblem{Code::kBadRequest, "a malformed Content-Length"};
  }

  /// Beast reports a request line only as a whole. The valid part is needed for the log and for the
  /// form of the answer (HEAD).
  HeadProblem problem_of_line(const error_code& error, std::string_view head) {
    const std::size_t target = head.find(' ') + 1;
    if (error == HttpError::bad_method || target == 0) return kMalformedHead;
    const std::size_t end = std::min(head.find_first_of(" \r", target), head.size());
    out_.method = head.substr(0, target - 1);
    out_.target = head.substr(target, end - target);
    return error == HttpError::bad_target
               ? malformed_target(head.substr(target))
               : malformed_version(head.substr(std::min(end + 1, head.size())));
  }

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    out_.method = view_of(method);
    out_.target = view_of(target);
    out_.version = version;
  }
  void on_field_impl(beast::http::field, string_view name, string_view value,
                     error_code& error) override {
    problem_ = rules_.field({view_of(name), view_of(value)});
    if (problem_.code != Code::kAllowed) error = HttpError::bad_value;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request& out_;
  HeadRules rules_;
  HeadProblem problem_;
};

}  // namespace

HeadProblem parse_head(std::string_view head, Request& out, bool need_host) {
  return HeadReader(out).read(head, need_host);
}

}  // namespace portcullis::bff
