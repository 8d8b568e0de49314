#include <gtest/gtest.h>

#include <algorithm>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

class LoadProxying : public ::testing::Test {
 protected:
  std::shared_ptr<const Snapshot> loaded(const std::string& upstream, const std::string& route) {
    folder.write("routes.yaml", "upstreams:\n  u: " + upstream + "\nroutes:\n  - " + route + "\n");
    result = folder.load();
    return result.snapshot;
  }
  /// The error for a key of the upstream `{url: ..., KEY}`; empty if there is none.
  std::string problem(const std::string& key, const std::string& url = "https://sales") {
    (void)loaded("{ url: \"" + url + "\", " + key + " }", "{ path: /api/x/*, upstream: u }");
    for (const ConfigProblem& each : result.problems) {
      if (each.severity == Severity::kError) return each.pointer + " " + each.message;
    }
    return {};
  }
  testing::ConfigFolder folder;
  LoadResult result;
};

TEST_F(LoadProxying, ARouteForwardsItsOwnAndItsUpstreamsHeaders) {
  const auto now = loaded("{ url: \"http://a\", forward_headers: [Tus-Resumable, x-a] }",
                          "{ path: /api/x/*, upstream: u, forward_headers: [X-A, OData-Version] }");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->routes.rules().at(0).forward_headers,
            (std::vector<std::string>{"x-a", "odata-version", "tus-resumable"}));
}

TEST_F(LoadProxying, RejectsHeadersThatAreNeverForwarded) {
  for (const char* name : {"Cookie", "AUTHORIZATION", "X-Forwarded-For", "x_forwarded_for",
                           "X-HTTP-Method-Override", "X-Portcullis-User", "Host", "Upgrade"}) {
    const std::string said = problem(std::string("forward_headers: [") + name + "]");
    EXPECT_NE(
        said.find("/upstreams/u/forward_headers \"" + std::string(name) + "\" is never forwarded"),
        std::string::npos)
        << said;
  }
  EXPECT_NE(problem("forward_headers: [\"x-*\"]").find("in full"), std::string::npos);
  EXPECT_NE(problem("forward_headers: [\"a b\"]").find("not a header name"), std::string::npos);
  EXPECT_NE(problem("forward_headers: [\"\"]").find("non-empty"), std::string::npos);
  std::string many = "forward_headers: [";
  for (int i = 0; i < 65; ++i) many += "x-a" + std::to_string(i) + ", ";
  EXPECT_NE(problem(many + "x-b]").find("MAX_FORWARD_HEADERS"), std::string::npos);
}

TEST_F(LoadProxying, ClientsCannotSendTheCredentialsHeader) {
  folder.write("key", "0123456789abcdef0123456789abcdef\n");
  const std::string auth = "auth: { header: X-Api-Key, value_file: key }";
  for (const char* name : {"X-Api-Key", "x-api-key", "x_api_key"}) {
    EXPECT_NE(problem(auth + ", forward_headers: [" + name + "]").find("own credential"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(problem(auth + ", forward_headers: [x-api-keys]"), "");
  EXPECT_NE(problem("auth: { header: X-Requested-With, value_file: key }")
                .find("cannot carry a credential"),
            std::string::npos);
}

TEST_F(LoadProxying, ReadsTheOtherNamesOfAnUpstream) {
  const auto now = loaded("{ url: \"http://a\", origins: [\"https://Sales.example.com\"] }",
                          "{ path: /api/x/*, upstream: u }");
  ASSERT_TRUE(now);
  ASSERT_EQ(now->upstreams.at("u")->origins.size(), 1U);
  EXPECT_TRUE(now->upstreams.at("u")->origins.at(0).tls);
  EXPECT_NE(problem("origins: [\"sales.example.com\"]").find("is not an origin"),
            std::string::npos);
  EXPECT_NE(problem("origins: [\"https://sales/x\"]").find("is not an origin"), std::string::npos);
}

TEST_F(LoadProxying, ReadsTrustedCertificates) {
  EXPECT_NE(problem("ca_file: ca.pem").find("cannot be read"), std::string::npos);
  folder.write("ca.pem", "");
  EXPECT_NE(problem("ca_file: ca.pem").find("is empty"), std::string::npos);
  folder.write("ca.pem", "no certificate\n");
  EXPECT_NE(problem("ca_file: ca.pem").find("no valid certificate"), std::string::npos);
  folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  EXPECT_NE(problem("ca_file: ca.pem").find("no valid certificate"), std::string::npos);
  folder.write("ca.pem", std::string(2U << 20U, 'x'));
  EXPECT_NE(problem("ca_file: ca.pem").find("MAX_CA_FILE_BYTES"), std::string::npos);
  EXPECT_NE(problem("server_name: \"a:1\"").find("without a port"), std::string::npos);
  EXPECT_NE(problem("server_name: a", "http://sales").find("has no effect"), std::string::npos);
  EXPECT_EQ(problem("server_name: sales.example"), "");
}

TEST_F(LoadProxying, ARouteOfKindStreamSupportsEveryMethod) {
  const auto now = loaded("{ url: \"http://a\" }", "{ path: /api/x/*, kind: stream, upstream: u }");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->routes.rules().at(0).kind, RouteRule::Kind::kStream);
  EXPECT_EQ(now->routes.rules().at(0).methods.size(), 6U);
}

}  // namespace
}  // namespace portcullis::bff
