// Compares the server's parse of heads (Beast and the gateway's rules) with a second parser, on
// generated and randomly damaged heads: both reject for the same reason, and accepted heads are
// equal.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"
#include "plain_head.hpp"

namespace portcullis::bff {
namespace {

class Heads {
 public:
  explicit Heads(unsigned seed) : random_(seed) {}

  std::string next() {
    std::string head = pick({"GET", "POST", "HEAD", "M-SEARCH", "get", "P(", ""}) + " " +
                       pick({"/api/x", "/", "*", "/a%20b?c=d", "/\xc3\xa4", "http://h/x", ""}) +
                       " " + pick({"HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1"}) +
                       "\r\n";
    for (int lines = number(7); lines > 0; --lines) {
      head += pick({"Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect",
                    "Proxy-Connection", "Upgrade", "X-Plugin-Id", "Cookie", "te", ""}) +
              pick({":", ": ", ":\t ", " :", ""}) +
              pick({"localhost:8080", "close", "keep-alive, close", "keep-alive,, x", "a b", "7",
                    "7, 7", "0007", "-1", "chunked", "gzip, chunked", "100-continue", "", " ",
                    "a\tb\t", "\xe2\x82\xac", "h2c"}) +
              "\r\n";
    }
    head += "\r\n";
    for (int breaks = number(3); breaks > 0; --breaks) {
      const auto at = static_cast<std::size_t>(number(static_cast<int>(head.size())));
      const char byte = number(2) == 0 ? static_cast<char>(number(256))
                                       : pick({" ", "\t", ":", ",", "\r", "\n", "\x7f", "x"})[0];
      switch (number(3)) {
        case 0:
          head[at] = byte;
          break;
        case 1:
          head.insert(at, 1, byte);
          break;
        default:
          head.erase(at, 1);
          break;
      }
    }
    return head;
  }

 private:
  int number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(number(static_cast<int>(from.size())))];
  }
  std::mt19937 random_;
};

TEST(HeadParser, AgreesWithASecondParser) {
  Heads heads(20261126);
  int passed = 0;
  int refused = 0;
  for (int i = 0; i < 150'000; ++i) {
    const std::string bytes = heads.next();
    HeadScanner scanner;
    if (scanner.scan(bytes) != HeadScanner::Result::kComplete) continue;
    const std::string head = bytes.substr(scanner.begin(), scanner.end() - scanner.begin());
    Request request;
    const HeadProblem problem = parse_head(head, request, false);
    Request expected;
    const HeadProblem reference = testing::PlainHead(head, expected).read(false);
    problem.code == Code::kAllowed ? ++passed : ++refused;
    ASSERT_EQ(problem.code, reference.code) << head << problem.detail << reference.detail;
    ASSERT_EQ(request.method, expected.method) << head;
    ASSERT_EQ(request.target, expected.target) << head;
    if (problem.code != Code::kAllowed) continue;
    ASSERT_TRUE(testing::same_request(request, expected)) << head;
  }
  // The comparison must not be vacuous.
  EXPECT_GT(passed, 5'000);
  EXPECT_GT(refused, 5'000);
}

}  // namespace
}  // namespace portcullis::bff
