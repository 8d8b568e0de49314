#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/http_client.hpp"
#include "run_io.hpp"
#include "scripted_upstream.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::Peer;
using testing::ScriptedUpstream;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};

/// A self-signed certificate for a host name, written to `folder`.
void make_certificate(const testing::TempFolder& folder, const std::string& host) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Free> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, Free> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str()));
  X509_add_ext(certificate.get(), names.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  FILE* file = std::fopen((folder / "key.pem").c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  file = std::fopen((folder / "cert.pem").c_str(), "w");
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
}

class HttpClientTls : public ::testing::Test {
 protected:
  std::variant<IncomingResponse, UpstreamFailure> get(const std::string& certified, bool trusted,
                                                      bool verify = true) {
    testing::TempFolder folder;
    make_certificate(folder, certified);
    asio::ssl::context server(asio::ssl::context::tls_server);
    server.use_certificate_file((folder / "cert.pem").string(), asio::ssl::context::pem);
    server.use_private_key_file((folder / "key.pem").string(), asio::ssl::context::pem);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      asio::ssl::stream<Tcp::socket&> tls(peer.socket(), server);
      error_code error;
      co_await tls.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
      while (!error) {
        std::string head;
        co_await asio::async_read_until(tls, asio::dynamic_buffer(head), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
        co_await asio::async_write(tls, asio::buffer(answer),
                                   asio::redirect_error(asio::use_awaitable, error));
      }
    });
    HttpClient client(context);
    if (trusted) client.trust((folder / "cert.pem").string());
    auto target = std::get<UpstreamTarget>(
        parse_upstream_url("tls", "https://localhost:" + std::to_string(upstream.port())));
    target.verify_tls = verify;
    complete(target);
    auto first = testing::run(context, client.request(target, {}));
    if (std::holds_alternative<IncomingResponse>(first)) {
      EXPECT_TRUE(std::holds_alternative<IncomingResponse>(
          testing::run(context, client.request(target, {}))));
      EXPECT_EQ(upstream.connections(), 1U) << "TLS connections are reused, too";
    }
    return first;
  }
  asio::io_context context;
};

TEST_F(HttpClientTls, SpeaksToAPeerThatIsTrustedAndNamedRight) {
  const auto outcome = get("localhost", true);
  ASSERT_TRUE(std::holds_alternative<IncomingResponse>(outcome))
      << std::get<UpstreamFailure>(outcome).detail;
  EXPECT_EQ(std::get<IncomingResponse>(outcome).body, "secret");
}

TEST_F(HttpClientTls, RefusesAPeerThatNobodyVouchesFor) {
  const auto outcome = get("localhost", false);
  ASSERT_TRUE(std::holds_alternative<UpstreamFailure>(outcome));
  EXPECT_EQ(std::get<UpstreamFailure>(outcome).code, Code::kUpstreamUnavailable);
  EXPECT_NE(std::get<UpstreamFailure>(outcome).detail.find("TLS"), std::string::npos);
}

TEST_F(HttpClientTls, RefusesAPeerOfAnotherName) {
  EXPECT_TRUE(std::holds_alternative<UpstreamFailure>(get("sales.example", true)));
}

TEST_F(HttpClientTls, DoesNotVerifyWhereItWasToldNotTo) {
  EXPECT_TRUE(std::holds_alternative<IncomingResponse>(get("sales.example", false, false)));
}

}  // namespace
}  // namespace portcullis::bff
