import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdmittedNetworks } from './admitted-networks.ts';

const refused = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.5',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  'localhost',
  '',
  '127.1',
];
for (const address of refused) {
  test(`${JSON.stringify(address)} is not admitted without configuration`, () => {
    assert.equal(new AdmittedNetworks().admits(address), false);
  });
}

for (const address of ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '::ffff:101:101']) {
  test(`${address} is admitted`, () => {
    assert.equal(new AdmittedNetworks().admits(address), true);
  });
}

test('configured networks are admitted, and nothing beside them', () => {
  const networks = new AdmittedNetworks(['10.1.0.0/16', 'fd00::/8', '127.0.0.1']);
  for (const address of ['10.1.255.1', '::ffff:10.1.0.1', 'fd12::1', '127.0.0.1']) {
    assert.equal(networks.admits(address), true, address);
  }
  for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.2', '::1']) {
    assert.equal(networks.admits(address), false, address);
  }
});

test('what is no network is refused at construction', () => {
  for (const network of [
    '10.0.0.0/33',
    '10.0.0.0/x',
    'example.com',
    '::/129',
    '10.0.0.0/8/8',
    '',
    '10.0.0.0/',
  ]) {
    assert.throws(() => new AdmittedNetworks([network]), TypeError, network);
  }
});

test('where clouds serve credentials is never admitted, whatever is configured', () => {
  const networks = new AdmittedNetworks(['0.0.0.0/0', '::/0', '169.254.169.254']);
  for (const address of [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '100.100.100.200',
    'fd00:ec2::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:a9fe:a9fe::1',
    'fd00:42::42',
    'fd00:100::100:200',
    '169.254.42.42',
    '169.254.0.23',
  ]) {
    assert.equal(networks.admits(address), false, address);
  }
  for (const address of ['169.254.1.1', '10.0.0.1', 'fd00::1']) {
    assert.equal(networks.admits(address), true, address);
  }
});

test('no configured network admits metadata, nor what is translated to it', () => {
  const networks = new AdmittedNetworks(['0.0.0.0/0', '::/0']);
  for (const address of [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '64:ff9b::100.100.100.200',
    '::ffff:0:a9fe:a9fe',
    '::169.254.169.254',
    '2002:a9fe:a9fe::1',
    'fd00:ec2::254',
  ]) {
    assert.equal(networks.admits(address), false, address);
  }
  assert.equal(networks.admits('64:ff9b::10.0.0.1'), true);
});
