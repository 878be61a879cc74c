/** Where and as whom a device sends. */
export interface Login {
  host: string
  port: number
  device: string
  password: string
}

/** A word for a POSIX shell. */
function quoted(text: string): string {
  return /^[\w.:/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A command that sends one message of vitals, of this second, with Mosquitto's client. */
export function mosquittoCommand({ host, port, device, password }: Login): string {
  return [
    `mosquitto_pub -h ${quoted(host)} -p ${port} -i ${device} -u ${device} -P ${quoted(password)} \\`,
    `  -q 1 -t bsn/v1/${device}/vitals \\`,
    `  -m '{"boot":"try-'$(date +%s)'","seq":1,"at":'$(date +%s000)',"vitals":{"heartRate":72,"spo2":98}}'`,
  ].join('\n')
}

/** A Python program (paho-mqtt 2) that sends vitals each second. */
export function pythonProgram({ host, port, device, password }: Login): string {
  return [
    'import json, time',
    'import paho.mqtt.client as mqtt  # pip install "paho-mqtt>=2.0"',
    '',
    `client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=${JSON.stringify(device)})`,
    `client.username_pw_set(${JSON.stringify(device)}, ${JSON.stringify(password)})`,
    `client.connect(${JSON.stringify(host)}, ${port})`,
    'client.loop_start()',
    'boot = f"b{int(time.time())}"',
    'for seq in range(1, 10_000):',
    '    vitals = {"heartRate": 72, "spo2": 98}',
    '    message = {"boot": boot, "seq": seq, "at": int(time.time() * 1000), "vitals": vitals}',
    `    client.publish("bsn/v1/${device}/vitals", json.dumps(message), qos=1).wait_for_publish(10)`,
    '    time.sleep(1)',
  ].join('\n')
}
