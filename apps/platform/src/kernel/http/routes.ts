import { RequestMethod, type INestApplication } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { contractOf, type RouteContract } from './contract';
import { routePolicyOf, type RoutePolicy } from './route-policy';

/** One HTTP route of the application. */
export interface RouteEntry {
  readonly method: 'get' | 'post' | 'put' | 'delete' | 'patch' | 'head' | 'options' | 'all';
  /** Without the /api prefix, parameters as ":id". */
  readonly path: string;
  readonly name: string;
  readonly tag: string;
  readonly policy: RoutePolicy | null;
  readonly contract: RouteContract | null;
}

/** Every route of every controller, sorted by path: for the OpenAPI document, and for the test that none lacks a policy. */
export function routesOf(app: INestApplication): readonly RouteEntry[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOfController(metatype) : []))
    .sort((a, b) => (a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1));
}

 
function routesOfController(type: Function): readonly RouteEntry[] {
  const prototype: unknown = type.prototype;
  if (typeof prototype !== 'object' || prototype === null) return [];
  const bases = paths(Reflect.getMetadata(PATH_METADATA, type));
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (typeof handler !== 'function') return [];
    const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
    if (typeof method !== 'number') return [];
    const own = paths(Reflect.getMetadata(PATH_METADATA, handler));
    return bases.flatMap((base) =>
      own.map((path) => ({
        method: METHODS[method] ?? 'all',
        path: `/${[base, path].flatMap((part) => part.split('/')).filter((part) => part !== '').join('/')}`,
        name: `${type.name}.${name}`,
        tag: type.name.replace(/Controller$/, ''),
        policy: routePolicyOf(handler, type),
        contract: contractOf(handler),
      })),
    );
  });
}

const METHODS: Readonly<Record<number, RouteEntry['method']>> = {
  [RequestMethod.GET]: 'get',
  [RequestMethod.POST]: 'post',
  [RequestMethod.PUT]: 'put',
  [RequestMethod.DELETE]: 'delete',
  [RequestMethod.PATCH]: 'patch',
  [RequestMethod.HEAD]: 'head',
  [RequestMethod.OPTIONS]: 'options',
};

function paths(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return [typeof value === 'string' ? value : ''];
}
