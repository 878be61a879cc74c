// One ECG lead (AD8232 on an ADC pin) from an ESP32 to Pulsewire. Arduino core for ESP32, 3.x; esp-mqtt comes with it.
// NOT RUN ON HARDWARE BY US: read it as a sketch of how the contract is kept on a small machine. The payload writer (pulsewire_cbor.h) was tried on a PC.
//
// Why esp-mqtt: it publishes with QoS 1 and keeps what is not acknowledged in its outbox, sends it again after a reconnect with the DUP flag, unchanged.
// PubSubClient publishes with QoS 0 only: what a broken link swallows is lost, and no spool can know of it.
#include <WiFi.h>
#include <esp_timer.h>
#include <mqtt_client.h>
#include <sys/time.h>
#include "pulsewire_cbor.h"

static const char *WIFI_NAME = "…", *WIFI_PASSWORD = "…";
static const char *STATION = "mqtts://station.example:8883";
static const char *DEVICE = "patch-17", *SECRET = "…";
// The PEM of the station's certificate authority.
static const char *AUTHORITY = "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n";

static const int ECG_PIN = 34, LEAD_OFF_PLUS = 32, LEAD_OFF_MINUS = 33;
static const int RATE_HZ = 250;
// 12-bit ADC over 3.3 V behind a gain of 1100: one step in mV at the electrodes; the middle of the range is 0 mV.
static const double SCALE_MV = 3300.0 / 4096 / 1100;
static const int32_t OFFSET = 2048;
// The AD8232's own high-pass is 0.5 Hz: ST levels from it are uncertain, so say so with highPassHz if you add the field.
static const int16_t MISSING = -32768;

struct Block { int64_t atMs; int16_t samples[RATE_HZ]; };
// The spool: the oldest is given up where it is full. 120 blocks are two minutes in 60 KB of RAM; put it into PSRAM or flash for more.
static const uint32_t SPOOL_BLOCKS = 120;
static Block spool[SPOOL_BLOCKS];
static volatile uint32_t written = 0;  // blocks measured since boot: also their seq
static uint32_t handedOver = 0;        // blocks given to esp-mqtt, which keeps them until their PUBACK
static int64_t startMs = 0;            // time of sample 0
static char boot[17], statusTopic[80], waveformTopic[80], noticeTopic[80];
static esp_mqtt_client_handle_t client;
static volatile bool connected = false;

static int64_t nowMs() {
  struct timeval time;
  gettimeofday(&time, nullptr);
  return static_cast<int64_t>(time.tv_sec) * 1000 + time.tv_usec / 1000;
}

// Every 4 ms, by the hardware timer: samples are counted, so `at` never drifts against them.
static void onSample(void *) {
  static uint32_t index = 0;
  const bool off = digitalRead(LEAD_OFF_PLUS) || digitalRead(LEAD_OFF_MINUS);
  Block &block = spool[written % SPOOL_BLOCKS];
  if (index == 0) block.atMs = startMs + static_cast<int64_t>(written) * 1000;
  block.samples[index++] = off ? MISSING : static_cast<int16_t>(analogRead(ECG_PIN));
  if (index < RATE_HZ) return;
  index = 0;
  written = written + 1;
}

static void onMqtt(void *, esp_event_base_t, int32_t id, void *data) {
  const esp_mqtt_event_handle_t event = static_cast<esp_mqtt_event_handle_t>(data);
  if (id == MQTT_EVENT_CONNECTED) {
    esp_mqtt_client_subscribe(client, noticeTopic, 1);
    char online[96];
    const int length = snprintf(online, sizeof online, "{\"state\":\"online\",\"boot\":\"%s\",\"model\":\"esp32-ecg\"}", boot);
    esp_mqtt_client_enqueue(client, statusTopic, online, length, 1, 1, true);
    connected = true;
  } else if (id == MQTT_EVENT_DISCONNECTED) {
    connected = false;
  } else if (id == MQTT_EVENT_DATA) {
    Serial.printf("notice: %.*s\n", event->data_len, event->data);
  }
}

void setup() {
  Serial.begin(115200);
  pinMode(LEAD_OFF_PLUS, INPUT);
  pinMode(LEAD_OFF_MINUS, INPUT);
  snprintf(boot, sizeof boot, "%08lx%08lx", static_cast<unsigned long>(esp_random()), static_cast<unsigned long>(esp_random()));
  snprintf(statusTopic, sizeof statusTopic, "bsn/v1/%s/status", DEVICE);
  snprintf(waveformTopic, sizeof waveformTopic, "bsn/v1/%s/waveform", DEVICE);
  snprintf(noticeTopic, sizeof noticeTopic, "bsn/v1/%s/notice", DEVICE);

  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  while (WiFi.status() != WL_CONNECTED) delay(100);
  configTime(0, 0, "pool.ntp.org");
  // Wait a little for the time; without it begin all the same: the station measures the offset by `sent` and corrects it.
  for (int i = 0; i < 100 && nowMs() < 1600000000000LL; i++) delay(100);

  static char will[64];
  snprintf(will, sizeof will, "{\"state\":\"offline\",\"boot\":\"%s\"}", boot);
  esp_mqtt_client_config_t config = {};
  config.broker.address.uri = STATION;
  config.broker.verification.certificate = AUTHORITY;
  config.credentials.client_id = DEVICE;
  config.credentials.username = DEVICE;
  config.credentials.authentication.password = SECRET;
  config.session.keepalive = 30;
  config.session.last_will.topic = statusTopic;
  config.session.last_will.msg = will;
  config.session.last_will.qos = 1;
  config.session.last_will.retain = 1;
  config.outbox.limit = 32 * 1024;  // bytes on the way; what does not fit waits in our own spool
  client = esp_mqtt_client_init(&config);
  esp_mqtt_client_register_event(client, MQTT_EVENT_ANY, onMqtt, nullptr);
  esp_mqtt_client_start(client);

  startMs = nowMs();
  esp_timer_create_args_t timer = {};
  timer.callback = onSample;
  timer.name = "ecg";
  esp_timer_handle_t handle;
  esp_timer_create(&timer, &handle);
  esp_timer_start_periodic(handle, 1000000 / RATE_HZ);
}

void loop() {
  static uint8_t payload[RATE_HZ * 2 + 200];
  while (connected && handedOver < written) {
    // full for a long time: the oldest are gone, and the hole in seq tells the station
    if (written - handedOver >= SPOOL_BLOCKS) handedOver = written - SPOOL_BLOCKS + 1;
    const Block &block = spool[handedOver % SPOOL_BLOCKS];
    const size_t length = writeEcgBlock(payload, sizeof payload, boot, handedOver, block.atMs, nowMs(), RATE_HZ, "ecg.II", SCALE_MV, OFFSET,
                                        block.samples, RATE_HZ);
    // below 0 = the outbox is full: try again later, nothing is lost
    if (esp_mqtt_client_enqueue(client, waveformTopic, reinterpret_cast<const char *>(payload), static_cast<int>(length), 1, 0, true) < 0) break;
    handedOver++;
  }
  delay(20);
}
